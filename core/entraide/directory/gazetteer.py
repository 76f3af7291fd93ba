"""The gazetteer: every French commune, found by name, postal code, code or distance."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import re
import sqlite3
import tempfile
import threading
import unicodedata
import zlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entraide.errors import EntraideError

PACKED = Path(__file__).parent / "data" / "gazetteer.sqlite.gz"
"""The built file; `data/build_gazetteer.py` makes it, `data/LICENCE.md` names its sources."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

KILOMETRES_PER_DEGREE = 111.19
"""Length of one degree of latitude on that sphere."""

LONGEST_PREFIX = 100
MOST_WORDS = 8
SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
INDEXES = """
BEGIN;
ALTER TABLE place ADD COLUMN folded TEXT;
UPDATE place SET folded = fold_name(name);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', detail='none', prefix='1 2 3', tokenize='ascii'
);
INSERT INTO words (rowid, text) SELECT rank, folded || ' ' || postal_codes FROM place;
CREATE INDEX place_code ON place (code);
CREATE INDEX place_folded ON place (folded);
CREATE INDEX place_latitude ON place (latitude);
COMMIT;
"""
COLUMNS = (
    "code, name, kind, postal_codes, department, population, latitude, longitude, epci, parent"
)


class GazetteerError(EntraideError):
    """The list of communes is missing or damaged; reinstalling the package brings it back."""

    name, status, title = "gazetteer", 503, "The list of communes cannot be read"


@dataclass(frozen=True, slots=True)
class Place:
    """A commune, a delegated or associated commune, or an arrondissement of a large city.

    `code` is the INSEE code (COG 2026). `kind` is commune, delegated, associated or
    arrondissement. `latitude` and `longitude` are the centre in degrees, WGS 84; communes of the
    Pacific have none. Delegated and associated communes have no `population`, and their commune's
    postal codes.
    `epci` is the SIREN of the intercommunal body, `parent` the code of the commune above.
    """

    code: str
    name: str
    kind: str
    postal_codes: tuple[str, ...]
    department: str
    population: int | None
    latitude: float | None
    longitude: float | None
    epci: str | None
    parent: str | None

    @property
    def point(self) -> tuple[float, float] | None:
        """Return (latitude, longitude), or None when the centre is unknown."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


def fold_name(text: str) -> str:
    """Return `text` as ASCII words in lower case: `L'Haÿ-les-Roses` gives `l hay les roses`."""
    open_letters = text.casefold().replace("œ", "oe").replace("æ", "ae")
    letters = unicodedata.normalize("NFKD", open_letters)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def spell_out(words: str) -> str:
    """Return words as names of places are folded: `St Denis` gives `saint denis`."""
    folded = fold_name(words[:LONGEST_PREFIX]).split()[:MOST_WORDS]
    return " ".join(SHORT_FORMS.get(word, word) for word in folded)


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance between two (latitude, longitude) pairs, by haversine."""
    latitude_a, latitude_b = math.radians(a[0]), math.radians(b[0])
    half_north = math.sin((latitude_b - latitude_a) / 2) ** 2
    half_east = math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    chord = half_north + math.cos(latitude_a) * math.cos(latitude_b) * half_east
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def unpack_gazetteer(cache_folder: Path, packed: Path = PACKED) -> Path:
    """Return the unpacked and indexed file in `cache_folder`, made on first use (0.5 s).

    The name holds a hash of the packed file, so an upgrade never reads old data. Several
    processes may unpack at once: each writes its own temporary file and renames it. Raises
    GazetteerError when the packed file is missing or damaged.
    """
    try:
        content = packed.read_bytes()
        digest = hashlib.sha256(content + INDEXES.encode()).hexdigest()[:16]
        target = cache_folder / f"gazetteer-{digest}.sqlite"
        if not target.exists():
            _unpack(content, target)
    except (OSError, EOFError, zlib.error, sqlite3.Error) as error:
        raise GazetteerError(
            f"{packed} cannot be unpacked into {cache_folder}: {error}. Give this account the "
            "right to write there, or install the package again."
        ) from error
    return target


def open_gazetteer(cache_folder: Path) -> Gazetteer:
    """Unpack once per machine and open; raises GazetteerError."""
    return Gazetteer(unpack_gazetteer(cache_folder))


class Gazetteer:
    """A read-only view of one unpacked file; threads may share it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            # The file never changes under its name, so SQLite needs neither locks nor a journal.
            uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._rows("SELECT 1 FROM place LIMIT 1", ())
        except sqlite3.Error as error:
            raise GazetteerError(f"{path}: {error}. Delete this file, it is made again.") from error

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def complete(self, prefix: str, limit: int = 8) -> list[Place]:
        """Return up to `limit` places whose words start with those of `prefix`.

        Words are parts of the name or postal codes. The most populated come first, and an exact
        name is always among them; for a whole postal code, those that have fewest others.
        """
        words = fold_name(prefix[:LONGEST_PREFIX]).split()[:MOST_WORDS]
        if not words:
            return []
        name = spell_out(prefix)
        exact = self._select("WHERE folded = ? ORDER BY rank LIMIT ?", name, limit // 2)
        starting = self._select(
            "WHERE rank IN (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?) "
            "ORDER BY rank",
            " AND ".join(map(_match_start, words)),
            4 * limit,
        )
        if any(map(_is_postal_code, words)):
            starting.sort(key=lambda place: len(place.postal_codes))
        kept = list(_distinct(exact + starting))[:limit]
        return [place for key, place in _distinct(starting + exact).items() if key in kept]

    def place(self, code: str) -> Place | None:
        """Return the place with this INSEE code; of those that share it, the commune."""
        found = self._select("WHERE code = ? ORDER BY rank LIMIT 1", code)
        return found[0] if found else None

    def places(self, codes: Iterable[str]) -> list[Place]:
        """Return the places of `codes` in their order, without the unknown ones."""
        return [place for code in codes if (place := self.place(code)) is not None]

    def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
        """Return the places whose centre is within `kilometres`, nearest first, one per code."""
        north = kilometres / KILOMETRES_PER_DEGREE
        east = north / max(0.01, math.cos(math.radians(latitude)))
        boxed = self._select(
            "WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ? ORDER BY rank DESC",
            latitude - north,
            latitude + north,
            longitude - east,
            longitude + east,
        )
        here = (latitude, longitude)
        by_code = {place.code: place for place in boxed}
        distances = [
            (distance_km(here, place.point), place.code)
            for place in by_code.values()
            if place.point
        ]
        return [by_code[code] for distance, code in sorted(distances) if distance <= kilometres]

    def _select(self, condition: str, *values: object) -> list[Place]:
        rows = self._rows(f"SELECT {COLUMNS} FROM place {condition}", values)  # noqa: S608 - constant text, values are bound
        return [_build_place(*row) for row in rows]

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _build_place(code: str, name: str, kind: str, postal_codes: str, *others: Any) -> Place:
    return Place(code, name, kind, tuple(postal_codes.split()), *others)


def _distinct(places: list[Place]) -> dict[tuple[str, str], Place]:
    """Drop repetitions: a commune and the delegated commune at its seat often look the same."""
    distinct: dict[tuple[str, str], Place] = {}
    for place in places:
        distinct.setdefault((place.code, fold_name(place.name)), place)
    return distinct


def _is_postal_code(word: str) -> bool:
    return re.fullmatch(r"\d{5}", word) is not None


def _match_start(word: str) -> str:
    """Return the FTS5 expression for words that start with `word` or what it abbreviates."""
    if word in SHORT_FORMS:
        return f'("{word}"* OR "{SHORT_FORMS[word]}"*)'
    return f'"{word}"*'


def _unpack(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(gzip.decompress(content))
        _add_indexes(temporary)
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _add_indexes(path: Path) -> None:
    """Add what can be computed, which would triple the packed file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("fold_name", 1, fold_name, deterministic=True)
        connection.executescript(INDEXES)
