"""Program: bootstrap a peer with the client that sites use, then fill the search index.

Prints one JSON object: offers, seconds, CPU seconds of this process, peak memory in MiB, and the
documents and seconds of the index.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from entraide import database
from entraide.directory.listing.models import Listing
from entraide.directory.search import Follower
from entraide.directory.search.source import ListingSource
from entraide.gazetteer import territories
from entraide.preparing import prepare, run_plugin_inits
from entraide.runtime import activate, current
from entraide.serving import configure_logging
from entraide_federation import reading, settings
from entraide_federation.reading import sources


@dataclass
class Stopwatch:
    """Seconds of wall clock and of this process's CPU since it was made."""

    wall: float
    cpu: float

    @classmethod
    def start(cls) -> Stopwatch:
        """Return a watch that runs."""
        return cls(time.perf_counter(), time.process_time())

    def read(self) -> tuple[float, float]:
        """Return the seconds of both kinds."""
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


def main() -> None:
    """Measure the reader in the instance folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    configure_logging()
    with activate(prepare(arguments.folder)):
        run_plugin_inits(arguments.folder / "recovery-sheet.txt")
        follower = _open_index()
        print(json.dumps(_bootstrap() | _index(follower)))


def _bootstrap() -> dict[str, float]:
    peer = settings.current().peers[0]
    with database.writing() as session:
        sources.sync_configured(session, {"peers": [vars(peer)]})
    before, watch = _peak_mib(), Stopwatch.start()
    outcome = reading.bootstrap(peer.base)
    seconds, cpu = watch.read()
    if outcome.error:
        raise SystemExit(f"{outcome.error_name}: {outcome.error}")
    with database.reading() as session:
        offers = session.scalar(select(func.count()).where(Listing.type == "offer")) or 0
    return {
        "offers": offers,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "start_mib": before,
        "peak_mib": _peak_mib(),
    }


def _open_index() -> Follower:
    """Return a follower whose index exists and is empty; its clock lets it commit at once."""
    ticks = itertools.count()
    source = ListingSource(territories.gazetteer())
    follower = Follower(current().settings.state / "search", source, lambda: float(next(ticks)))
    follower.step()
    return follower


def _index(follower: Follower) -> dict[str, float]:
    watch, documents = Stopwatch.start(), 0
    while rows := follower.step():
        documents += rows
    seconds, cpu = watch.read()
    follower.close()
    return {"indexed": documents, "index_seconds": seconds, "index_cpu_seconds": cpu}


def _peak_mib() -> float:
    """Return the most memory that this process has held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main()
