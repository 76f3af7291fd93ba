"""Which words of another site stand on pages of this one: plain ones that pass for nobody's else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from entraide import runtime, text
from entraide.contact_details import find_contact_details
from entraide.directory.payloads.descriptions import Document
from entraide.i18n import catalogue, in_every_language

_ = catalogue("entraide")

PLAIN = re.compile(r"[0-9A-Za-z\u00c0-\u024f \u00a0\u202f'’«»“”\"()/,.;:!?%€°²³+&–—…-]+")
"""Latin letters, figures and usual signs: no letter looks like another, nothing is a mark-up."""

OURS = (
    _("Confirmed on"),
    _("To be confirmed again by"),
    _("From this site"),
    _("Published on the site"),
    _("A member of this site"),
    _("Who offers this?"),
    _("I am interested"),
    _("Good to know"),
    _("Not everyone sees this"),
    _("Example"),
)
"""What pages say themselves beside an offer."""

PARTING = " § "
"""Stands between texts that are searched together: figures of two are no number."""

SHORTEST_NAME = 4
"""A shorter name of a site may be a usual word, or stand in one."""


def fit_for_pages(document: Document) -> Document | None:
    """Return what another site says of a kind without the fields whose words no page of ours shows.

    None when those of the kind itself are not fit.
    """
    if not _are_fit(document["label"]):
        return None
    return {**document, "fields": [field for field in document["fields"] if _is_fit_field(field)]}


def _is_fit_field(field: Mapping[str, Any]) -> bool:
    return _are_fit(field["label"]) and _are_fit(
        [
            *field.get("unit", ()),
            *(words for choice in field.get("choices", ()) for words in choice[1:]),
        ],
        needs_letters=False,
    )


def _are_fit(texts: Sequence[str], *, needs_letters: bool = True) -> bool:
    """Return whether texts are plain, none is one of ours, and none leads to anybody."""
    name = _letters(runtime.current().settings.site.name)
    for words in texts:
        letters = _letters(words)
        is_ours = letters in _own_letters() or (len(name) >= SHORTEST_NAME and name in letters)
        if is_ours or not PLAIN.fullmatch(words) or (needs_letters and not letters):
            return False
    return not find_contact_details(PARTING.join(texts))


@cache
def _own_letters() -> frozenset[str]:
    return frozenset(_letters(words) for own in OURS for words in in_every_language(own))


def _letters(words: str) -> str:
    """Return what is left when neither accents nor signs nor capitals nor French endings count."""
    parts = re.findall(r"[^\W_]+", text.fold(words))
    return "".join(part.rstrip("es") or part for part in parts)
