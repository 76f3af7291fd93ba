"""Places of this site: the gazetteer, names for codes, points for searching."""

from __future__ import annotations

import os
import re
from pathlib import Path

from entraide import runtime
from entraide.config import Settings
from entraide.directory.gazetteer import Gazetteer, Place, open_gazetteer
from entraide.errors import BadInput

POSTAL = re.compile(r"\d{5}")


def open_places(settings: Settings) -> Gazetteer:
    """Open the gazetteer, unpacked once per machine: every process reads the same file.

    It lies in the user's cache folder, or in the site's state when there is none to write to.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    try:
        return open_gazetteer(Path(home) / "entraide")
    except OSError:
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
    """Return the places that words may mean: the only or best first; empty when none does."""
    wanted = words.strip()
    if not wanted:
        return []
    by_code = gazetteer().place(wanted)
    return [by_code] if by_code else gazetteer().complete(wanted.partition("(")[0].strip())
