"""Program: index offers without a database, then time searches; `python -m benchmarks.search`."""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.documents import make_documents
from entraide import clock
from entraide.directory.search import (
    Document,
    Follower,
    ListingChanges,
    Position,
    SearchIndex,
    SearchQuery,
)

BASE = "https://clamecy.example"
QUERIES: dict[str, dict[str, Any]] = {
    "usual words": {"text": "atelier réparation rentrée"},
    "common word": {"text": "familles"},
    "with a mistake": {"text": "biblioteque"},
    "word and kind": {"text": "goûter", "kinds": ("outing",)},
    "no word, near Clamecy": {"near": (47.46, 3.52, 20.0)},
}


class Offers:
    """A source of documents that are all new and never change."""

    def __init__(self, count: int) -> None:
        self._count = count

    def position(self) -> Position:
        """Return the one position there is."""
        return Position()

    def changes(self, since: Position, limit: int) -> ListingChanges:
        """Return nothing: the rebuild took everything."""
        del limit
        return ListingChanges([], [], since)

    def everything(self) -> Iterator[Document]:
        """Yield the offers."""
        made = make_documents(BASE, self._count, clock.now())
        yield from (_document(document) for document in made if document["type"] == "Offer")


def main() -> None:
    """Index, search and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--offers", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = _fill(Path(folder), arguments.offers)
        print(
            f"{arguments.offers:,} offers indexed in {seconds:.1f} s, "
            f"{arguments.offers / seconds:,.0f} per second"
        )
        index = SearchIndex(Path(folder))
        print(f"{'search, milliseconds':28}{'found':>9}{'p50':>8}{'p99':>8}")
        for name, asked in QUERIES.items():
            count, times = _time(index, asked, arguments.searches)
            print(
                f"{name:28}{count:9,}{statistics.median(times):8.2f}"
                f"{sorted(times)[int(len(times) * 0.99) - 1]:8.2f}"
            )


def _fill(folder: Path, count: int) -> float:
    ticks = itertools.count()
    follower = Follower(folder, Offers(count), lambda: float(next(ticks)))
    started = time.perf_counter()
    follower.step()
    follower.close()
    return time.perf_counter() - started


def _time(index: SearchIndex, asked: dict[str, Any], searches: int) -> tuple[int, list[float]]:
    query = SearchQuery(today=datetime.now(UTC).date(), **asked)
    total = index.search(query).total
    times = []
    for _ in range(searches):
        started = time.perf_counter()
        index.search(query)
        times.append((time.perf_counter() - started) * 1000)
    return total, times


def _document(offer: dict[str, Any]) -> Document:
    somewhere = random.Random(offer["id"])  # noqa: S311 - repeatable on purpose
    return Document(
        uid=offer["id"],
        type="offer",
        kind=offer["kind"],
        title=offer["title"],
        summary=offer["summary"],
        updated_at=datetime.fromisoformat(offer["updated"]),
        territory=tuple(offer["territory"]),
        points=((somewhere.uniform(43, 50), somewhere.uniform(-1, 7)),),
        verify_by=datetime.fromisoformat(offer["validUntil"]).date(),
        origin=offer["origin"],
    )


if __name__ == "__main__":
    main()
