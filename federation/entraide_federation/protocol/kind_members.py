"""What a site says of one kind of help: its label and the labels of its public fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from entraide_federation.protocol.members import Judged, Members, Spelled

MOST_FIELDS = 24
MOST_CHOICES = 60
MOST_LANGUAGES = 8
LONGEST_WORDS = 80
LONGEST_CHOICE = 100

VERSION = re.compile(r"[1-9][0-9]{0,3}\.(?:0|[1-9][0-9]{0,3})")
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
FIELD_TYPE = re.compile(r"[a-z][a-z0-9_-]{0,19}")


def is_words(value: Any, _: str = "") -> bool:
    """Return whether `value` is a list of single lines of 1 to 80 code points, one per language."""
    is_list = isinstance(value, list) and 1 <= len(value) <= MOST_LANGUAGES
    return is_list and all(_is_line(words, LONGEST_WORDS) for words in value)


def is_choices(value: Any, _: str = "") -> bool:
    """Return whether `value` lists up to 60 choices: a value, then its words."""
    return isinstance(value, list) and len(value) <= MOST_CHOICES and all(map(_is_choice, value))


def is_fields(value: Any, origin: str) -> bool:
    """Return whether `value` lists up to 24 fields."""
    is_list = isinstance(value, list) and len(value) <= MOST_FIELDS
    return is_list and all(FIELD.accepts(field, origin) for field in value)


def _is_choice(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) > 1 and _is_line(value[0], LONGEST_CHOICE)
    return is_pair and is_words(value[1:])


def _is_line(value: Any, most: int) -> bool:
    is_short = isinstance(value, str) and 1 <= len(value) <= most
    return is_short and "\n" not in value and value == value.strip()


FIELD = Members(
    {
        "name": Spelled(FIELD_NAME),
        "type": Spelled(FIELD_TYPE),
        "label": Judged(is_words),
    },
    {
        "items": Spelled(FIELD_TYPE),
        "choices": Judged(is_choices),
        "unit": Judged(is_words),
    },
)
"""One public field: `items` is the type of what a list holds, `unit` stands behind a number."""


def find_misfit(document: Mapping[str, Any]) -> str | None:
    """Return what does not go together in a description whose members are acceptable, or None."""
    count, fields = len(document["languages"]), document["fields"]
    if any(len(words) != count for words in _all_words(document)):
        return "Each label has one text for each of the languages."
    if _has_twice([field["name"] for field in fields]):
        return "A field is described twice."
    if any(_has_twice([value for value, *_ in field.get("choices", ())]) for field in fields):
        return "A choice is described twice."
    return None


def _all_words(document: Mapping[str, Any]) -> Iterator[list[str]]:
    yield document["label"]
    for field in document["fields"]:
        yield field["label"]
        yield field.get("unit", field["label"])
        yield from (words for _, *words in field.get("choices", ()))


def _has_twice(names: list[str]) -> bool:
    return len(set(names)) < len(names)
