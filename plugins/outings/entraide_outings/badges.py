"""What the card of an outing says of its places: nothing while there are enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from entraide import Badge, Listing, catalogue

_ = catalogue(__package__)

FEW = 3
"""So many places are worth knowing of before one opens the page: not every family finds room."""


def badges_of(subjects: Iterable[Any]) -> Iterator[Badge]:
    """Yield a mark for each outing with few places or none; rows of other kinds get none."""
    for row in subjects:
        is_outing = isinstance(row, Listing) and row.kind == "outing"
        if not is_outing or row.seats is None or row.seats > FEW:
            continue
        if row.seats < 1:
            yield Badge(row, _("Full"), "people", "warm")
        elif row.seats == 1:
            yield Badge(row, _("One place left"), "people", "warm")
        else:
            yield Badge(row, _("%(num)s places left", num=row.seats), "people", "warm")
