"""What is wrong with an answer, in words that say what to do: signs, lengths, missing answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import fields as upstream

from entraide.errors import BadText
from entraide.i18n import Text, catalogue, number_in

_ = catalogue("entraide")

SIGNS: Mapping[str, Text] = {
    "bidi": _(
        "Remove the sign %(sign)s (character %(position)s): it changes the direction of reading."
    ),
    "marks": _(
        "Too many accents on one letter: remove the sign %(sign)s (character %(position)s)."
    ),
    "line": _("Write this on one line: remove the line end %(sign)s (character %(position)s)."),
    "control": _("Remove the sign %(sign)s (character %(position)s): no page can show it."),
}
"""Why the text policy refuses a sign; whatever else it refuses cannot be shown either."""

MISSING: Mapping[str, Text] = {
    "choices": _("Please tick at least one answer."),
    "choice": _("Please choose one of the answers."),
    "lines": _("Please write at least one answer."),
    "boolean": _("Please tick this box."),
    "date": _("Please give a day."),
    "time": _("Please give a time."),
    "email": _("Please write an e-mail address."),
    "integer": _("Please write a number."),
    "decimal": _("Please write a number."),
    "commune": _("Please write a commune or a postal code."),
}
"""What to do about an answer that is missing, by the control that takes it."""

COUNTS: tuple[tuple[re.Pattern[str], Text], ...] = (
    (
        re.compile(r"Longer than maximum length (?P<most>\d+)"),
        _("Please write at most %(most)s lines."),
    ),
    (
        re.compile(r"Shorter than minimum length (?P<least>(?!1\b)\d+)"),
        _("Please write at least %(least)s lines."),
    ),
    (
        re.compile(r"Length must be between (?P<least>\d+) and (?P<most>\d+)"),
        _("Please write from %(least)s to %(most)s lines."),
    ),
    (re.compile(r"Length must be (?P<most>\d+)\."), _("Please write %(most)s lines.")),
)
"""How marshmallow counts the items of a list, and what people are told about lines."""

_TOO_LONG = re.compile(r"(?:Longer than maximum length|Length must be between \d+ and) (\d+)")
_IS_MISSING = re.compile(
    r"Missing data for required field\.|Field may not be null\.|Shorter than minimum length 1\b"
)


def words_for_sign(error: BadText) -> Text:
    """Return what to take out of a text, and where it stands."""
    words = SIGNS.get(error.reason, SIGNS["control"])
    return str(words) % {name: error.members.get(name, "?") for name in ("sign", "position")}


def words_for_length(message: Text, value: Any) -> Text | None:
    """Return how much of `value` is too much; None when the message is about something else."""
    match = _TOO_LONG.match(message) if isinstance(message, str) else None
    excess = len(value) - int(match[1]) if match and isinstance(value, str) else 0
    if excess <= 0:
        return None
    return _(
        "%(count)s characters, %(excess)s too many.",
        count=number_in(len(value)),
        excess=number_in(excess),
    )


def words_for_count(message: Text) -> Text | None:
    """Return how many lines may be written; None when the message is about something else."""
    for pattern, words in COUNTS:
        if isinstance(message, str) and (match := pattern.match(message)):
            return str(words) % match.groupdict()
    return None


def words_for_missing(message: Text, field: upstream.Field[Any], kind: str) -> Text | None:
    """Return what to do about a missing answer, None when the message is about something else.

    A field says it in its own words with the option `missing`.
    """
    if not isinstance(message, str) or not _IS_MISSING.match(message):
        return None
    return field.metadata.get("missing") or MISSING.get(kind)
