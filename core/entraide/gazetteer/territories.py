"""Places of this site: the gazetteer, names for codes, what is near and what is not."""

from __future__ import annotations

import os
from pathlib import Path

from entraide import runtime
from entraide.config import Settings
from entraide.errors import BadInput
from entraide.gazetteer.communes import Gazetteer, Place, distance_km, open_gazetteer
from entraide.gazetteer.files import GazetteerError
from entraide.runtime import Slot

NEXT_DOOR_KM = 5.0
"""How far around its territory a site's offers still count as near."""

Circle = tuple[float, float, float]
"""Latitude and longitude of a centre in degrees, and kilometres around it."""


GAZETTEER = Slot[Gazetteer]("gazetteer")


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
    return GAZETTEER.get()


def names(codes: list[str]) -> list[str]:
    """Return the names of codes, in their order; an unknown code stands for itself."""
    known = {place.code: place.name for place in gazetteer().places(codes)}
    return [known.get(code, code) for code in codes]


def commune_name(code: str) -> str:
    """Return the name of a commune by its INSEE code (filter `commune`); an unknown one as it is."""
    return names([code])[0]


def check_codes(codes: list[str]) -> None:
    """Raise BadInput unless every code is a commune, delegated commune or arrondissement."""
    unknown = [code for code in codes if gazetteer().place(code) is None]
    if unknown:
        raise BadInput(
            f"Unknown place codes: {', '.join(unknown)}. Give INSEE codes of communes, "
            "for example 58079 for Clamecy.",
            {"territory": [f"Unknown INSEE codes: {', '.join(unknown)}."]},
        )


def is_outside(place: Place) -> bool:
    """Return whether a place lies beyond this site's territory and what is next to it.

    A part of a commune of the territory is inside, and so is the whole of which it holds a part.
    """
    territory = runtime.current().settings.site.territory
    parents = {known.parent for known in gazetteer().places(territory)}
    if not territory or place.code in (*territory, *parents) or place.parent in territory:
        return False
    here = home()
    if here is None or place.point is None:
        return True
    return distance_km(here[:2], place.point) > here[2]


def home() -> Circle | None:
    """Return the circle around this site's territory and what is next to it; None without one."""
    return _HOME.get()


def _find_home() -> Circle | None:
    territory = runtime.current().settings.site.territory
    points = [place.point for place in gazetteer().places(territory) if place.point]
    return _circle_around(points) if points else None


_HOME = Slot("circle around its territory", _find_home)


def _circle_around(points: list[tuple[float, float]]) -> Circle:
    count = len(points)
    centre = (sum(point[0] for point in points) / count, sum(point[1] for point in points) / count)
    return (*centre, max(distance_km(centre, point) for point in points) + NEXT_DOOR_KM)
