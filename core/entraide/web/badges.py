"""Marks that plugins add to the cards of a list: asked once for all rows of the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog

from entraide import asks
from entraide.hooks import listeners
from entraide.plugins.icons import icon_of

log = structlog.get_logger("entraide.badges")

MOST = 2
"""So many marks of one plugin stand on a card: the words of the card itself come first."""

Shown = list[dict[str, str]]


def badges_of(rows: Sequence[Any]) -> list[Shown]:
    """Return the marks of each row, in the order of the plugins: label, icon and look."""
    if not rows or not listeners("badges"):
        return [[] for _ in rows]
    marks: dict[int, Shown] = defaultdict(list)
    counts: dict[tuple[str, int], int] = defaultdict(int)
    known = {id(row) for row in rows}
    for plugin, badge in ((item.plugin, item.value) for item in asks.badges(tuple(rows))):
        place = id(badge.subject)
        if place not in known:
            log.warning("badge-without-row", plugin=plugin, remedy="Give back a row of `subjects`.")
        elif counts[plugin, place] < MOST:
            counts[plugin, place] += 1
            icon = icon_of(plugin, badge.icon, "badge") if badge.icon else ""
            marks[place].append({"label": str(badge.label), "icon": icon, "look": badge.look})
    return [marks[id(row)] for row in rows]
