"""Program: this checkout beside an earlier commit, in one run; `python -m benchmarks.before COMMIT`."""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes
from benchmarks.sites import SETTINGS

STATE = processes.ROOT / "var" / "bench"
PAGES = (
    "/",
    "/find?where=Clamecy",
    "/find?text=devoirs&where=58500",
    "/organisations",
    "/login",
    "/api/v1/offers",
    "/health",
    "/federation/v1/head",
)
IDLE = """\
[site]
name = "Site au repos"
base_url = "https://repos.example"
territory = ["58079"]

[server]
port = {port}

[plugins]
enabled = ["sponsorship", "tutoring", "outings", "federation"]
"""
PEERS = "".join(
    f'\n[[federation.peers]]\nbase = "https://{name}.example"\nrole = "origin"\n'
    for name in ("a", "b", "c", "d", "e")
)
MINUTES = 60
BLOCK = 20
"""Requests that one server answers before it is the other's turn."""
PARTS = ("pages", "idle", "pulls", "searches")


@dataclass(frozen=True)
class Tree:
    """One checkout with its environment."""

    name: str
    folder: Path

    def program(self, name: str) -> Path:
        """Return the path of a program of its environment."""
        return self.folder / ".venv" / "bin" / name


@dataclass(frozen=True)
class Server:
    """One served site: where it listens, and its process."""

    port: int
    process: processes.Process


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.before", description=__doc__)
    parser.add_argument("commit", help="what this checkout is compared with")
    parser.add_argument("--rounds", type=int, default=100, help=f"of {BLOCK} requests each")
    parser.add_argument("--idle-seconds", type=int, default=60)
    parser.add_argument("--offers", type=int, default=20_000, help="for pulls and searches")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


def main() -> None:
    """Measure both checkouts and print one table."""
    arguments = _parse_arguments()
    trees = (_earlier(arguments.commit), Tree("now", processes.ROOT))
    with tempfile.TemporaryDirectory(dir=STATE, prefix="before-") as scratch:
        if "pages" in arguments.parts:
            _print_pages(trees, Path(scratch), arguments.rounds)
        for tree in trees if "idle" in arguments.parts else ():
            share = _idle(tree, Path(scratch), arguments.idle_seconds)
            print(f"idle, {tree.name}: {share:.2f} % of a core")
    if "pulls" in arguments.parts:
        _print_pulls(trees, arguments.offers)
    for tree in trees if "searches" in arguments.parts else ():
        searches = _module(tree, "benchmarks.search", "--offers", arguments.offers)
        print(f"\nsearch, {tree.name}\n{searches}")


def _earlier(commit: str) -> Tree:
    git = ("git", "-C", str(processes.ROOT))
    name = processes.run((*git, "rev-parse", "--short", commit), 0, seconds=MINUTES).strip()
    folder = STATE / f"commit-{name}"
    if not folder.exists():
        command = (*git, "worktree", "add", "--detach", str(folder), name)
        processes.run(command, 0, seconds=MINUTES)
    processes.run(("make", ".venv/.testable"), 0, seconds=10 * MINUTES, folder=folder)
    return Tree(name, folder)


def _module(tree: Tree, module: str, *options: object) -> str:
    command = (str(tree.program("python")), "-m", module, *map(str, options))
    return processes.run(command, processes.READER, seconds=20 * MINUTES, folder=tree.folder)


def _print_pages(trees: tuple[Tree, ...], scratch: Path, rounds: int) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(_seeded(tree, scratch)) for tree in trees]
        print(f"{'page, ms of its server':36}{trees[0].name:>10}{'now':>10}{'ratio':>8}", end="")
        print(f"{'p50':>9}{'now':>9}{'bytes':>9}{'now':>9}")
        for path in PAGES:
            (before, then, size), (now, later, other) = _compare(servers, path, rounds)
            print(f"{path:36}{before:10.3f}{now:10.3f}{now / before:8.3f}", end="")
            print(f"{then:9.2f}{later:9.2f}{size:9,}{other:9,}", flush=True)


def _compare(servers: list[Server], path: str, rounds: int) -> list[tuple[float, float, int]]:
    """Return of each server the CPU of one answer and how long it took, in ms, and its bytes."""
    cpu: list[list[float]] = [[] for _server in servers]
    times: list[list[float]] = [[] for _server in servers]
    sizes = [0 for _server in servers]
    # In turns, so that whatever else the machine does is felt by both.
    for turn in range(rounds):
        for index in (0, 1) if turn % 2 else (1, 0):
            server = servers[index]
            before = processes.cpu_seconds(server.process)
            for _request in range(BLOCK):
                seconds, sizes[index] = _ask(server.port, path)
                times[index].append(seconds * 1000)
            cpu[index].append((processes.cpu_seconds(server.process) - before) * 1000 / BLOCK)
    return [
        (statistics.median(cpu[index]), statistics.median(times[index]), size)
        for index, size in enumerate(sizes)
    ]


def _ask(port: int, path: str) -> tuple[float, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    started = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept-Language": "fr"})
    size = len(connection.getresponse().read())
    seconds = time.perf_counter() - started
    connection.close()
    return seconds, size


@contextmanager
def _seeded(tree: Tree, scratch: Path) -> Iterator[Server]:
    """Serve a site with the example data of Clamecy."""
    port = processes.free_port()
    folder = scratch / f"pages-{tree.name}"
    folder.mkdir()
    words = SETTINGS.format(
        name=tree.name,
        base=f"http://127.0.0.1:{port}",
        port=port,
        database=f"sqlite:///{folder / 'site.sqlite'}",
    ).replace('worker = "separate"', 'worker = "embedded"')
    (folder / "instance.toml").write_text(words, "utf-8")
    shutil.copy(tree.folder / "instances" / "clamecy" / "seed.toml", folder)
    for command in ("init --unattended", "seed", "search rebuild"):
        _entraide(tree, folder, *command.split())
    with _serving(tree, folder, port) as process:
        yield Server(port, process)


def _idle(tree: Tree, scratch: Path, seconds: int) -> float:
    """Return what a production site with five peers that do not answer uses while it rests, in %."""
    port = processes.free_port()
    folder = scratch / f"idle-{tree.name}"
    folder.mkdir()
    (folder / "instance.toml").write_text(IDLE.format(port=port) + PEERS, "utf-8")
    _entraide(tree, folder, "init", "--unattended", "--recovery-sheet", str(folder / "sheet.txt"))
    with _serving(tree, folder, port) as server:
        # The first pulls and the sweep of the start are over by then.
        time.sleep(20)
        before = processes.cpu_seconds(server)
        time.sleep(seconds)
        return (processes.cpu_seconds(server) - before) / seconds * 100


def _entraide(tree: Tree, folder: Path, *arguments: str) -> None:
    command = (str(tree.program("entraide")), "--instance", str(folder), *arguments)
    processes.run(command, processes.FEEDER, seconds=5 * MINUTES, folder=folder)


@contextmanager
def _serving(tree: Tree, folder: Path, port: int) -> Iterator[processes.Process]:
    command = (tree.program("entraide"), "--instance", folder, "serve")
    with processes.running(command, processes.FEEDER, folder / "log.txt", folder=folder) as server:
        processes.wait_for(server, port, "/health")
        yield server


def _print_pulls(trees: tuple[Tree, ...], offers: int) -> None:
    print(f"\n{'pull of ' + f'{offers:,} offers, per second':44}")
    for tree in trees:
        _module(tree, "benchmarks", "--offers", offers, "--parts", "entraide", "polls")
        figures = json.loads((tree.folder / "var/bench/last.json").read_text("utf-8"))["figures"]
        for name, row in figures.items():
            if "seconds" in row:
                print(f"{tree.name:12}{name:34}{row['offers'] / row['seconds']:10,.0f}")


if __name__ == "__main__":
    main()
