"""Pictograms as markup: the core's and those of plugins, by their name."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup

from entraide.icons import OTHER, PATHS
from entraide.plugins.icons import ICONS, Drawing


def pictogram(name: str) -> Markup:
    """Return an icon that stands beside words; a name that nobody knows draws three dots."""
    drawing = ICONS.get().get(name)
    return _drawn(drawing) if drawing else _of_core(name if name in PATHS else OTHER)


def names() -> list[str]:
    """Return every icon that the running site can draw, the core's first."""
    return [*PATHS, *ICONS.get()]


@cache
def _of_core(name: str) -> Markup:
    return _drawn(Drawing("0 0 24 24", f'<path d="{PATHS[name]}"/>'))


def _drawn(drawing: Drawing) -> Markup:
    # Made of numbers and names that `plugins.icons` let pass: nothing of it is anybody's text.
    return Markup(  # noqa: S704 - see above
        f'<svg class="icon" viewBox="{drawing.box}" aria-hidden="true" focusable="false">'
        f"{drawing.shapes}</svg>"
    )
