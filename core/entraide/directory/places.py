"""Places of this site: the gazetteer, names for codes, what words mean, what is near."""

from __future__ import annotations

import math
import os
from pathlib import Path

from entraide import runtime
from entraide.config import Settings
from entraide.directory.gazetteer import (
    Gazetteer,
    GazetteerError,
    Place,
    distance_km,
    fold_name,
    open_gazetteer,
    spell_out,
)
from entraide.errors import BadInput

LOOKED_AT, OFFERED = 40, 8
"""How many places are compared, and how many of them are offered to choose from."""

NEXT_DOOR_KM = 5.0
"""How far around its territory a site's offers still count as near."""

Circle = tuple[float, float, float]
"""Latitude and longitude of a centre in degrees, and kilometres around it."""


def open_places(settings: Settings) -> Gazetteer:
    """Open the gazetteer, unpacked once per machine: every process reads the same file.

    It lies in the user's cache folder, or in the site's state when there is none to write to.
    """
    # Accounts of services often have no home folder, or none that exists.
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
        return open_gazetteer(Path(home) / "entraide")
    except (GazetteerError, RuntimeError):
        return open_gazetteer(settings.state)


def gazetteer() -> Gazetteer:
    """Return the running site's gazetteer."""
    found: Gazetteer = runtime.current().services["places"]
    return found


def names(codes: list[str]) -> list[str]:
    """Return the names of codes, in their order; an unknown code stands for itself."""
    known = {place.code: place.name for place in gazetteer().places(codes)}
    return [known.get(code, code) for code in codes]


def check_codes(codes: list[str]) -> None:
    """Raise BadInput unless every code is a commune, delegated commune or arrondissement."""
    unknown = [code for code in codes if gazetteer().place(code) is None]
    if unknown:
        raise BadInput(
            f"Unknown place codes: {', '.join(unknown)}. Give INSEE codes of communes, "
            "for example 58079 for Clamecy.",
            {"territory": [f"Unknown INSEE codes: {', '.join(unknown)}."]},
        )


def find(words: str) -> list[Place]:
    """Return up to eight places that words may mean, the best first; empty when none does.

    Places of exactly that name come first, of these the nearest to this site; then those of its
    own territory. A department or postal code in brackets decides: `Saint-Denis (93)`.
    """
    wanted = words.strip()
    if not wanted:
        return []
    by_code = gazetteer().place(wanted)
    if by_code:
        return [by_code]
    name, _open, bracketed = wanted.partition("(")
    found = _best_first(name, gazetteer().complete(name.strip(), LOOKED_AT))
    code = bracketed.rstrip(" )").upper()
    meant = [one for one in found if code in (one.department, *one.postal_codes)]
    return (meant or found)[:OFFERED]


def are_homonyms(words: str, found: list[Place]) -> bool:
    """Tell whether words leave a choice: several places, and not just one of exactly that name.

    The places of one postal code are so close together that nobody needs to choose.
    """
    if words.strip().isdigit():
        return False
    exact = [place for place in found if _is_named(place, words.partition("(")[0])]
    return len(found) > 1 and len(exact) != 1


def home() -> Circle | None:
    """Return the circle around this site's territory and what is next to it; None without one."""
    services = runtime.current().services
    if "home" not in services:
        territory = runtime.current().settings.site.territory
        points = [place.point for place in gazetteer().places(territory) if place.point]
        services["home"] = _circle_around(points) if points else None
    found: Circle | None = services["home"]
    return found


def _circle_around(points: list[tuple[float, float]]) -> Circle:
    count = len(points)
    centre = (sum(point[0] for point in points) / count, sum(point[1] for point in points) / count)
    return (*centre, max(distance_km(centre, point) for point in points) + NEXT_DOOR_KM)


def _best_first(name: str, found: list[Place]) -> list[Place]:
    territory = set(runtime.current().settings.site.territory)
    here = home()

    def rank(place: Place) -> tuple[bool, bool, float]:
        is_named = _is_named(place, name)
        distance = 0.0
        if is_named and here:
            distance = distance_km(here[:2], place.point) if place.point else math.inf
        return not is_named, place.code not in territory, distance

    return sorted(found, key=rank)


def _is_named(place: Place, name: str) -> bool:
    return fold_name(place.name) == spell_out(name)
