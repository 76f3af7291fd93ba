"""The gazetteer: every French commune, found by name, postal code, code or distance."""

from __future__ import annotations

import math
import re
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entraide.gazetteer.files import GazetteerError, unpack_gazetteer
from entraide.gazetteer.spellings import (
    LONGEST_PREFIX,
    MOST_WORDS,
    SHORT_FORMS,
    SHORTEST_SLIP,
    fold_name,
    glue,
    halves_of,
    is_one_slip,
    spell_out,
    without_article,
)

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

KILOMETRES_PER_DEGREE = 111.19
"""Length of one degree of latitude on that sphere."""

MOST_SLIPS = 20
"""Names that are one slip away from a word: longer lists help nobody."""

LAST = "~"
"""Sorts behind every letter and digit of a folded name."""

COLUMNS = (
    "code, name, kind, postal_codes, department, population, latitude, longitude, epci, parent"
)


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


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance between two (latitude, longitude) pairs, by haversine."""
    latitude_a, latitude_b = math.radians(a[0]), math.radians(b[0])
    half_north = math.sin((latitude_b - latitude_a) / 2) ** 2
    half_east = math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    chord = half_north + math.cos(latitude_a) * math.cos(latitude_b) * half_east
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


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

    def at_postal_code(self, code: str) -> list[Place]:
        """Return every place of a postal code, the largest first.

        A part of a commune that has fewer postal codes than the whole comes before all others.
        """
        if not _is_postal_code(code):
            return []
        matched = "WHERE rank IN (SELECT rowid FROM words WHERE words MATCH ?) ORDER BY rank"
        sharing = [place for place in self._select(matched, code) if code in place.postal_codes]
        places = list(_distinct(sharing).values())
        codes = {place.code: len(place.postal_codes) for place in reversed(places)}
        return sorted(
            places,
            key=lambda place: len(place.postal_codes) >= codes.get(place.parent or "", 0),
        )

    def starting(self, words: str, limit: int) -> list[Place]:
        """Return up to `limit` places that have words which start with these; the largest first."""
        folded = fold_name(words[:LONGEST_PREFIX]).split()[:MOST_WORDS]
        matched = "(SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?)"
        if not folded:
            return []
        starts = " AND ".join(map(_match_start, folded))
        return self._select(f"WHERE rank IN {matched} ORDER BY rank", starts, limit)

    def named(self, words: str) -> list[tuple[Place, int]]:
        """Return the places called so and how well (EXACT or PART), the largest first.

        Blanks, hyphens, accents, a leading article and `St` for `Saint` do not matter.
        """
        rows = self._spelled("key = ?", glue(words)) or self._spelled(
            "key = ?", glue(without_article(words))
        )
        return self._graded({place: grade for _key, place, grade in rows})

    def resembling(self, words: str) -> list[Place]:
        """Return the places whose name is one slip away from these words, the largest first."""
        typed = glue(words)
        if len(typed) < SHORTEST_SLIP:
            return []
        start, end = halves_of(typed)
        # One slip leaves one of the halves as it is, and each half has an index.
        near = "length(key) BETWEEN ? AND ?"
        lengths = (len(typed) - 1, len(typed) + 1)
        rows = [
            *self._spelled(f"key >= ? AND key < ? AND {near}", start, start + LAST, *lengths),
            *self._spelled(
                f"reversed >= ? AND reversed < ? AND {near}", end[::-1], end[::-1] + LAST, *lengths
            ),
        ]
        close = {place: grade for key, place, grade in rows if is_one_slip(typed, key)}
        graded = sorted(self._graded(close), key=lambda pair: pair[1])
        return [place for place, _grade in graded][:MOST_SLIPS]

    def place(self, code: str) -> Place | None:
        """Return the place with this INSEE code; of those that share it, the commune."""
        places = self._select("WHERE code = ? ORDER BY rank LIMIT 1", code)
        return places[0] if places else None

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

    def _spelled(self, condition: str, *values: object) -> list[tuple[str, int, int]]:
        """Return (key, rank of the place, grade), the best grade of each place last."""
        statement = f"SELECT key, place, grade FROM spelling WHERE {condition} ORDER BY grade DESC"  # noqa: S608 - idem
        return self._rows(statement, values)

    def _graded(self, grades: dict[int, int]) -> list[tuple[Place, int]]:
        ranks = sorted(grades)
        places = self._select(f"WHERE rank IN ({','.join(map(str, ranks))}) ORDER BY rank")
        return [(place, grades[rank]) for rank, place in zip(ranks, places, strict=True)]

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _build_place(code: str, name: str, kind: str, postal_codes: str, *others: Any) -> Place:
    # People say "Paris 18e"; the register's own form is one of the spellings that are understood.
    shown_name = name.removesuffix(" Arrondissement")
    return Place(code, shown_name, kind, tuple(postal_codes.split()), *others)


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
