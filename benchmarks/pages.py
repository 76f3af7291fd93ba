"""Program: list pages of ours beside what a page must cost, in one run; `python -m benchmarks.pages`."""

from __future__ import annotations

import argparse
import http.client
import json
import math
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from benchmarks.peers import datasette
from benchmarks.sites import Site, write_site

PAGE = "/find"
SECONDS = 5.0
TURN_SECONDS = 0.25
CONNECTIONS = 4
MINUTES = 60


@dataclass(frozen=True)
class Subject:
    """One page of the table: which process serves it where, and with which headers it is asked."""

    name: str
    server: processes.Process
    port: int
    path: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Figures:
    """What one page took: of each answer its milliseconds, of each turn the CPU of one answer."""

    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def rate(self) -> float:
        """Return the answers for each second of its server's core."""
        return 1000 / statistics.median(self.cpu)


def main() -> None:
    """Measure every page at each size and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--offers", type=int, nargs="+", default=[200, 10_000, 100_000])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each page")
    arguments = parser.parse_args()
    print(f"{'page':34}{'offers':>9}{'CPU ms':>9}{'p50 ms':>9}{'p99 ms':>9}", end="")
    print(f"{'per s':>9}{'of bare':>9}{'of rows':>9}{'bytes':>9}")
    for count in arguments.offers:
        with tempfile.TemporaryDirectory() as folder:
            _measure_size(Path(folder), count, arguments.seconds)


def _measure_size(folder: Path, count: int, seconds: float) -> None:
    site = write_site(folder, "pages", port=processes.free_port())
    fill = (sys.executable, "-m", "benchmarks.listing", str(site.folder), str(count))
    token = processes.run(fill, processes.FEEDER, seconds=10 * MINUTES).strip().splitlines()[-1]
    with ExitStack() as stack:
        subjects = list(_subjects(stack, site, token))
        figures = {subject.name: Figures() for subject in subjects}
        for subject in subjects:
            measure_turn(subject, Figures(), seconds / 5)
        # In turns, so that whatever else the machine does is felt by all.
        for _turn in range(math.ceil(seconds / TURN_SECONDS)):
            for subject in subjects:
                measure_turn(subject, figures[subject.name], TURN_SECONDS)
    _print(count, figures)


def _print(count: int, figures: dict[str, Figures]) -> None:
    bare, rows, *_ours = figures.values()
    for name, page in figures.items():
        times = sorted(page.times)
        print(
            f"{name:34}{count:9,}{1000 / page.rate:9.2f}{statistics.median(times):9.2f}"
            f"{times[int(len(times) * 0.99)]:9.2f}{page.rate:9,.0f}{page.rate / bare.rate:9.2f}"
            f"{rows.rate / page.rate:9.2f}{page.size:9,}",
            flush=True,
        )


def _subjects(stack: ExitStack, site: Site, token: str) -> Iterator[Subject]:
    """Yield each page; its server, all of them on the same core, runs until the stack ends."""
    zipped = {"Accept-Encoding": "gzip", "Accept-Language": "fr"}
    plain, port = stack.enter_context(_plain_pages(site))
    yield Subject("bare Flask page", plain, port, "/bare")
    yield Subject("same HTML, Core rows and Jinja", plain, port, "/rows")
    try:
        program = datasette.install(processes.ROOT / "var" / "bench" / "tools")
        serving = datasette.serving(program, site.database, site.log)
        yield Subject("Datasette's table page", *stack.enter_context(serving))
    except processes.Unavailable as error:
        print(f"Datasette's table page: {error}", file=sys.stderr)
    own = stack.enter_context(_own_site(site))
    member = zipped | {"Cookie": f"entraide_pages=fr.{token}"}
    yield Subject("ours, anonymous", own, site.port, PAGE, zipped)
    yield Subject("ours, a new search each time", own, site.port, f"{PAGE}?q=", zipped)
    yield Subject("ours, a member", own, site.port, PAGE, member)


@contextmanager
def _plain_pages(site: Site) -> Iterator[tuple[processes.Process, int]]:
    port = processes.free_port()
    command = (sys.executable, "-m", "benchmarks.plain_pages", str(site.database), str(port))
    with processes.running(command, processes.FEEDER, site.log) as server:
        processes.wait_for(server, port, "/bare")
        yield server, port


@contextmanager
def _own_site(site: Site) -> Iterator[processes.Process]:
    command = (Path(sys.prefix) / "bin" / "entraide", "--instance", site.folder, "serve")
    with processes.running(command, processes.FEEDER, site.log) as server:
        processes.wait_for(server, site.port, "/health")
        yield server


def measure_turn(subject: Subject, figures: Figures, seconds: float) -> None:
    """Ask for one page over a few connections for so long, from the other core."""
    times: list[float] = []
    sizes: list[int] = []
    with processes.on_core(processes.READER):
        before, end = processes.cpu_seconds(subject.server), time.perf_counter() + seconds
        asking = [
            threading.Thread(target=_ask, args=(subject, end, times, sizes))
            for _connection in range(CONNECTIONS)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    used = processes.cpu_seconds(subject.server) - before
    if not times:
        raise processes.Unavailable(f"{subject.name}: no answer within {seconds:g} s")
    figures.times += times
    figures.cpu.append(used * 1000 / len(times))
    figures.size = sizes[-1]


def _ask(subject: Subject, end: float, times: list[float], sizes: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", subject.port, timeout=30)
    is_new_each_time = subject.path.endswith("=")
    while time.perf_counter() < end:
        path = f"{subject.path}{time.perf_counter_ns()}" if is_new_each_time else subject.path
        started = time.perf_counter()
        connection.request("GET", path, headers=subject.headers)
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status != http.client.OK:
            raise processes.Unavailable(f"{subject.name}: {answer.status} {json.dumps(path)}")
        times.append((time.perf_counter() - started) * 1000)
        sizes.append(size)
    connection.close()


if __name__ == "__main__":
    main()
