"""What a kind may say of schedules, questions and versions, and what is wrong with what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, get_args

from entraide.i18n import LazyText, Text

Side = Literal["offer", "request"]
Schedule = Literal["none", "optional", "required"]
Moderation = Literal["never", "first", "always"]
ScheduleMode = Literal["any", "wednesday", "evening", "weekend", "holidays", "weekly", "date"]
"""The answers to "When?": any time, four usual ones, days of each week, one day."""

Question = Literal["when", "where", "title", "summary", "places", "places_shown", "show_until"]
"""What the core asks about every kind: the headings of two steps, then the labels of answers.

`places_shown` is the label of the number on pages ("Seats in the car"), the others are asked.
"""
Questions = Mapping[Question, Text | Mapping[str, Text]]
"""The kind's own words: for both sides, or by side."""

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes a payload of one version into one of the next."""

KIND_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
VERSION = re.compile(r"[1-9][0-9]{0,3}\.(?:0|[1-9][0-9]{0,3})")
FIRST_VERSION = "1.0"
"""The version of a payload that names none."""

RECURRING: frozenset[str] = frozenset({"wednesday", "evening", "weekend", "weekly"})
"""Modes whose schedule has a rule of recurrence; `any` has no schedule, the others one span."""


def mistakes_in_names(name: Any, formerly: Any) -> Iterator[str]:
    """Yield what is wrong with a kind's name and those before it."""
    if not _is_name(name):
        yield "its name needs 2 to 40 of a-z, 0-9 and _, a letter first"
    if isinstance(formerly, str) or name in formerly or not all(map(_is_name, formerly)):
        yield f'formerly={formerly!r} holds the names before this one, like ("old_name",)'


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and KIND_NAME.fullmatch(name) is not None


def mistakes_of_modes(modes: Any, schedule: str) -> Iterator[str]:
    """Yield what is wrong with the modes of a kind whose `schedule` is none, optional, required."""
    known = get_args(ScheduleMode)
    if isinstance(modes, str) or not set(modes) <= set(known):
        yield f'schedule_modes={modes!r} is not like ("weekly", "date"), of {", ".join(known)}'
    elif modes and schedule == "none":
        yield 'schedule="none" asks no question: leave schedule_modes out'
    elif schedule == "required" and "any" in modes:
        yield 'schedule="required" refuses any time: take "any" out of schedule_modes'


def mistakes_in_questions(questions: Any) -> Iterator[str]:
    """Yield what is wrong with the wording of the core's questions."""
    if not isinstance(questions, Mapping):
        yield f'questions={questions!r} is not like {{"where": _("Where does it start?")}}'
        return
    known = get_args(Question)
    for name, words in questions.items():
        if name not in known:
            yield f"questions: {name!r} is not one of {', '.join(known)}"
        elif isinstance(words, Mapping) and set(words) - set(get_args(Side)):
            yield f'questions[{name!r}] is for "offer", "request" or both, not {sorted(words)}'
        elif wrong := [text for text in _texts(words) if not isinstance(text, str | LazyText)]:
            yield f'questions[{name!r}]: {wrong[0]!r} is no words. Write _("…")'


def _texts(words: Any) -> list[Any]:
    return [*words.values()] if isinstance(words, Mapping) else [words]


def mistakes_in_versions(version: Any, upcasts: Any) -> Iterator[str]:
    """Yield what is wrong with a kind's version and its ways up from older ones."""
    if not _is_version(version):
        yield f'schema_version={version!r} is not like "1.0" or "2.3"'
        return
    if not isinstance(upcasts, Mapping):
        yield f'upcasts={upcasts!r} is not like {{"1.0": function}}'
        return
    for old, function in upcasts.items():
        if not _is_version(old) or order_of(old) >= order_of(version):
            yield f"upcasts: {old!r} is no version before {version}, the schema_version"
        elif not callable(function):
            yield f"upcasts[{old!r}] is not a function of a payload"


def order_of(version: str) -> tuple[int, int]:
    """Return what orders versions: 1.10 comes after 1.9."""
    major, _point, minor = version.partition(".")
    return int(major), int(minor)


def _is_version(version: Any) -> bool:
    return isinstance(version, str) and VERSION.fullmatch(version) is not None
