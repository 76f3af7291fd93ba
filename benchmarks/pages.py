"""Program: list pages of ours beside what a page must cost, in one run; `python -m benchmarks.pages`."""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from benchmarks.peers import datasette
from benchmarks.sites import Site, write_site

PAGE = "/find"
SECONDS = 5.0
CONNECTIONS = 4
MINUTES = 60


@dataclass(frozen=True)
class Subject:
    """One page of the table: where it is served, and with which headers it is asked for."""

    name: str
    port: int
    path: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """What one page reached: milliseconds, and answers for each second of its server's core."""

    p50: float
    p99: float
    rate: float
    size: int


def main() -> None:
    """Measure every page at each size and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--offers", type=int, nargs="+", default=[200, 10_000, 100_000])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each page")
    arguments = parser.parse_args()
    print(
        f"{'page':34}{'offers':>9}{'p50 ms':>9}{'p99 ms':>9}{'per s':>9}{'of bare':>9}{'bytes':>9}"
    )
    for count in arguments.offers:
        with tempfile.TemporaryDirectory() as folder:
            _measure_size(Path(folder), count, arguments.seconds)


def _measure_size(folder: Path, count: int, seconds: float) -> None:
    site = write_site(folder, "pages", port=processes.free_port())
    fill = (sys.executable, "-m", "benchmarks.listing", str(site.folder), str(count))
    token = processes.run(fill, processes.FEEDER, seconds=10 * MINUTES).strip().splitlines()[-1]
    bare = 0.0
    for subject, log in _subjects(site, token):
        figures = measure(subject, seconds)
        bare = bare or figures.rate
        print(
            f"{subject.name:34}{count:9,}{figures.p50:9.2f}{figures.p99:9.2f}{figures.rate:9,.0f}"
            f"{figures.rate / bare:9.2f}{figures.size:9,}",
            flush=True,
        )
        del log


def _subjects(site: Site, token: str) -> Iterator[tuple[Subject, Path]]:
    """Yield each page while its server runs, one server at a time on the same core."""
    zipped = {"Accept-Encoding": "gzip", "Accept-Language": "fr"}
    with _plain_pages(site) as port:
        yield Subject("bare Flask page", port, "/bare"), site.log
        yield Subject("same HTML, Core rows and Jinja", port, "/rows"), site.log
    try:
        program = datasette.install(processes.ROOT / "var" / "bench" / "tools")
        with datasette.serving(program, site.database, site.log) as (port, path):
            yield Subject("Datasette's table page", port, path), site.log
    except processes.Unavailable as error:
        print(f"Datasette's table page: {error}", file=sys.stderr)
    with _own_site(site) as port:
        member = zipped | {"Cookie": f"entraide_pages=fr.{token}"}
        yield Subject("ours, anonymous", port, PAGE, zipped), site.log
        yield Subject("ours, a new search each time", port, f"{PAGE}?q=", zipped), site.log
        yield Subject("ours, a member", port, PAGE, member), site.log


@contextmanager
def _plain_pages(site: Site) -> Iterator[int]:
    port = processes.free_port()
    command = (sys.executable, "-m", "benchmarks.plain_pages", str(site.database), str(port))
    with processes.running(command, processes.FEEDER, site.log) as server:
        processes.wait_for(server, port, "/bare")
        yield port


@contextmanager
def _own_site(site: Site) -> Iterator[int]:
    command = (Path(sys.prefix) / "bin" / "entraide", "--instance", site.folder, "serve")
    with processes.running(command, processes.FEEDER, site.log) as server:
        processes.wait_for(server, site.port, "/health")
        yield site.port


def measure(subject: Subject, seconds: float) -> Figures:
    """Ask for one page over a few connections for so long, from the other core."""
    times: list[float] = []
    sizes: list[int] = []
    with processes.on_core(processes.READER):
        _ask(subject, time.perf_counter() + seconds / 5, [], [])
        started = time.perf_counter()
        asking = [
            threading.Thread(target=_ask, args=(subject, started + seconds, times, sizes))
            for _connection in range(CONNECTIONS)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        took = time.perf_counter() - started
    times.sort()
    return Figures(
        statistics.median(times), times[int(len(times) * 0.99)], len(times) / took, sizes[-1]
    )


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
