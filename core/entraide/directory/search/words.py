"""Words by which search finds an offer beside its own text: of its kind, its facets, its days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from babel import dates
from marshmallow import fields

from entraide.directory.payloads.values import facets_of, schema_of
from entraide.fields import choices_of
from entraide.i18n import LANGUAGES, Text, in_every_language
from entraide.kinds import Kind
from entraide.schedules.recurrence import DAYS_IN_WEEK, parse_rule

SHORT_STAY = timedelta(days=2)
"""What lasts longer, like school holidays, is not found by the days of the week it holds."""


@cache
def kind_words(kind: Kind) -> str:
    """Return a kind's label and synonyms in every language."""
    return " ".join(
        word for text in (kind.label, kind.synonyms) for word in in_every_language(text)
    )


def facet_words(kind: Kind, payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the facets of a public payload say, in every language."""
    known = _labels(kind)
    for name in facets_of(kind):
        value = payload.get(name)
        for item in value if isinstance(value, list) else [value]:
            if words := known.get((name, str(item))):
                yield words


def day_words(starts: date | None, ends: date | None, rrule: str | None) -> Iterator[str]:
    """Yield the days of the week of a schedule, and the month of what happens once."""
    if starts is None:
        return
    if rrule is not None:
        yield from map(_weekday, sorted(_weekdays_of(rrule, starts)))
        return
    last = ends or starts
    yield from {_month(starts.month), _month(last.month)}
    if timedelta() <= last - starts <= SHORT_STAY:
        yield from (_weekday(day % DAYS_IN_WEEK) for day in _weekdays_between(starts, last))


def _weekdays_of(rrule: str, starts: date) -> set[int]:
    rule = parse_rule(rrule)
    if rule is None:
        return set()
    if rule.frequency == "DAILY":
        return set(range(DAYS_IN_WEEK))
    return {day for _which, day in rule.weekdays} or {starts.weekday()}


def _weekdays_between(starts: date, last: date) -> range:
    return range(starts.weekday(), starts.weekday() + (last - starts).days + 1)


@cache
def _weekday(number: int) -> str:
    names = (dates.get_day_names("wide", locale=code)[number] for code in LANGUAGES)
    return " ".join(names)


@cache
def _month(number: int) -> str:
    names = (dates.get_month_names("wide", locale=code)[number] for code in LANGUAGES)
    return " ".join(names)


@cache
def _labels(kind: Kind) -> dict[tuple[str, str], str]:
    """Return the words of each value of a facet that has words of its own."""
    labels: dict[tuple[str, str], Text] = {}
    for name in facets_of(kind):
        field = schema_of(kind.schema).fields[name]
        labels |= {(name, value): label for value, label in choices_of(field)}
        if "zero" in field.metadata:
            labels[name, "0"] = field.metadata["zero"]
        if isinstance(field, fields.Boolean):
            labels[name, "True"] = field.metadata.get("label", name)
    return {key: " ".join(in_every_language(label)) for key, label in labels.items()}
