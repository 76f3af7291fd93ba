"""`make bench`: our sites and their peers side by side, in one run, on two cores of loopback."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import bootstrap, processes
from benchmarks.peers import kinto, pouchdb
from benchmarks.report import Report
from benchmarks.sites import fill_origin

STATE = processes.ROOT / "var" / "bench"
PARTS = ("entraide", "polls", "kinto", "pouchdb")


def main() -> None:
    """Measure what the command line asks for, print the table, write var/bench/last.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--offers", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--peer-documents", type=int, default=5_000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    arguments = parser.parse_args()
    report = Report()
    STATE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STATE, prefix="run-") as scratch:
        run = Run(report, Path(scratch))
        run.all(arguments.offers, arguments.peer_documents, arguments.parts)
    report.print()
    report.write(STATE / "last.json")


class Run:
    """One run: its report, and the folder that is removed after it."""

    def __init__(self, report: Report, scratch: Path) -> None:
        self.report, self.scratch = report, scratch

    def all(self, sizes: list[int], documents: int, parts: list[str]) -> None:
        """Measure each part; one that cannot be measured here leaves its reason."""
        if "entraide" in parts:
            for size in sizes:
                self.measure_ours(size)
        if "polls" in parts:
            self.measure("entraide", partial(bootstrap.count_poll, self.scratch))
        if "kinto" in parts or "pouchdb" in parts:
            file = self.scratch / "documents.ndjson"
            bootstrap.write_documents(
                fill_origin(self.scratch, "documents", documents), documents, file
            )
            self.measure_peers(file, parts)

    def measure_ours(self, size: int) -> None:
        """Measure a bootstrap of `size` offers into each database."""
        origin = fill_origin(self.scratch, f"origin-{size}", size)
        for database in bootstrap.DATABASES:
            self.measure(
                f"entraide {database} {size}",
                partial(bootstrap.measure, origin, database, self.scratch),
            )

    def measure_peers(self, file: Path, parts: list[str]) -> None:
        """Measure the peers on the documents in a file."""
        tools = STATE / "tools"
        for backend in kinto.BACKENDS if "kinto" in parts else ():
            self.measure(f"kinto {backend}", partial(self._kinto, tools, file, backend))
        if "pouchdb" in parts:
            self.measure("pouchdb", partial(self._pouchdb, tools, file))

    def _kinto(self, tools: Path, file: Path, backend: str) -> dict[str, float]:
        return kinto.measure(kinto.install(tools), file, self.scratch, backend)

    def _pouchdb(self, tools: Path, file: Path) -> dict[str, float]:
        return pouchdb.measure(pouchdb.install(tools), file, self.scratch)

    def measure(self, name: str, part: Callable[[], dict[str, float]]) -> None:
        """Measure one part and say so; an unavailable one is skipped with its reason."""
        print(f"measuring {name} …", flush=True)
        started = time.monotonic()
        try:
            self.report.figures[name] = part()
        except processes.Unavailable as error:
            self.report.skipped[name] = str(error)
        print(f"  {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
