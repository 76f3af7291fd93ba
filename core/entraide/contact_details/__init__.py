"""Finds phone numbers, e-mail and street addresses, links and pseudonyms in what a person wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from entraide.contact_details.online import EMAIL, LINK
from entraide.contact_details.phones import find_phones
from entraide.contact_details.signs import plain_signs
from entraide.contact_details.streets import find_streets

ContactKind = Literal["phone", "email", "address", "link"]

MOST_SHOWN = 60


@dataclass(frozen=True)
class ContactDetail:
    """One detail: its kind and its words as they were written, shortened to 60 signs."""

    kind: ContactKind
    excerpt: str


def find_contact_details(text: str) -> list[ContactDetail]:
    """Return the contact details in a text, one of each kind at most, in the order of kinds.

    The forms are those of France, also spelled out ("zéro six …", "arobase", "point fr"). Helplines
    of two to four figures are not a person's and are left alone.
    """
    plain, places = plain_signs(text)
    mails = [match.span() for match in EMAIL.finditer(plain)]
    spans: tuple[tuple[ContactKind, tuple[int, int] | None], ...] = (
        ("phone", _first(find_phones(plain))),
        ("email", mails[0] if mails else None),
        ("address", _first(find_streets(plain, text, places))),
        ("link", _first(match for match in LINK.finditer(plain) if not _lies_in(mails, match))),
    )
    return [
        ContactDetail(kind, text[places[span[0]] : places[span[1] - 1] + 1].strip()[:MOST_SHOWN])
        for kind, span in spans
        if span is not None
    ]


def _lies_in(spans: list[tuple[int, int]], match: re.Match[str]) -> bool:
    """Return whether a link is the end of an address that was named already."""
    return any(start <= match.start() and match.end() <= end for start, end in spans)


def _first(matches: Iterator[re.Match[str]]) -> tuple[int, int] | None:
    match = next(matches, None)
    return match.span() if match else None
