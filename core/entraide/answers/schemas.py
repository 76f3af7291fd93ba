"""The form of an answer: which day, what the kind asks, a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, validate

from entraide import fields, i18n
from entraide.clock import PARIS
from entraide.i18n import catalogue
from entraide.kind_answers import Answers
from entraide.schedules.occurrences import Occurrence

_ = catalogue("entraide")

MOST_MESSAGE = 1000


def answer_schema(kind: Answers, days: Sequence[Occurrence]) -> Schema:
    """Return what whoever answers is asked; `days` are those of a series that can be chosen."""
    asked: dict[str, Any] = {}
    if days:
        choices = [(day.name, day_in_words(day)) for day in days]
        asked["occurrence"] = fields.parties(
            fields.one_of(choices, required=True), label=_("Which day?")
        )
    if kind.schema is not None:
        asked |= kind.schema().fields
    has_to_ask = kind.admission == "agreement"
    asked["message"] = fields.parties(
        fields.String(required=has_to_ask, validate=validate.Length(int(has_to_ask), MOST_MESSAGE)),
        label=_("Your message"),
        hint=_("A few words, for whoever offers this."),
    )
    return Schema.from_dict(asked)()


def asked_details(kind: Answers, loaded: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the kind's schema out of a loaded answer, as JSON values."""
    if kind.schema is None:
        return {}
    schema = kind.schema()
    given = {name: loaded[name] for name in schema.fields if loaded.get(name) is not None}
    dumped: dict[str, Any] = dict(schema.dump(given))
    return dumped


def day_in_words(day: Occurrence) -> str:
    """Write a day of a series with its hour."""
    local = day.starts_at.astimezone(PARIS)
    return f"{i18n.day_in_words(local.date())}, {i18n.hour_in(local)}"
