"""The payload of an offer as it comes in: its own side's fields, under the text policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from entraide.directory.offers import checks
from entraide.directory.payloads.communes import check_communes
from entraide.directory.payloads.values import schema_of
from entraide.kind_rules import RECURRING
from entraide.kinds import Kind

SINGLE_LINE = 200
"""A string that may be longer than this may have several lines."""


def mistakes_for(kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a kind says against an offer, by field; empty when all is well.

    A program may leave the payload out and so give no details; what it gives has to be whole.
    """
    mistakes: dict[str, Any] = {}
    if "offer" not in kind.sides:
        mistakes["kind"] = ["This kind of help is only asked for, never offered."]
    if kind.schedule == "required" and not data.get("schedule"):
        mistakes["schedule"] = ["Say when it takes place."]
    if kind.schedule_modes and not mode_of(data.get("schedule")) & {*kind.schedule_modes}:
        modes = ", ".join(kind.schedule_modes)
        mistakes["schedule"] = [f"This kind of help takes place in one of these ways: {modes}."]
    if kind.schedule == "none" and data.get("schedule"):
        mistakes["schedule"] = ["This kind of help has no schedule."]
    if not kind.has_seats and data.get("seats") is not None:
        mistakes["places"] = ["This kind of help has no places to count."]
    if data.get("payload") is None:
        return mistakes
    try:
        load_offer_payload(kind, data["payload"])
    except ValidationError as error:
        mistakes["payload"] = error.messages_dict
    return mistakes


def mode_of(schedule: Mapping[str, Any] | None) -> frozenset[str]:
    """Return which answers to "When?" a schedule may come from."""
    if not schedule:
        return frozenset({"any"})
    return RECURRING if schedule.get("rrule") else frozenset({"date", "holidays"})


def load_offer_payload(kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Load the fields of an offer's payload under the text policy; ValidationError by field.

    Fields of the other side (a child of the family that asks) do not exist here.
    """
    schema = schema_of(kind.schema)
    own = {name: field for name, field in schema.fields.items() if is_offered(field)}
    cleaned, mistakes = _clean_all(own, raw)
    try:
        loaded = dict(schema.load(cleaned, partial=tuple(mistakes)))
        check_communes(schema, loaded)
    except ValidationError as error:
        raise ValidationError(error.messages_dict | mistakes) from error
    if mistakes:
        raise ValidationError(mistakes)
    return loaded


def is_offered(field: fields.Field[Any]) -> bool:
    """Return whether a field exists on the side of offers."""
    return "offer" in field.metadata.get("sides", ("offer",))


def _clean_all(
    known: Mapping[str, fields.Field[Any]], raw: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    cleaned: dict[str, Any] = {}
    mistakes: dict[str, list[Any]] = {}
    for name, value in raw.items():
        if name not in known:
            mistakes[name] = ["Unknown field."]
            continue
        try:
            cleaned[name] = _clean(value, single_line=_is_single_line(known[name]))
        except ValidationError as error:
            mistakes[name] = list(error.messages)
    return cleaned, mistakes


def _clean(value: Any, *, single_line: bool) -> Any:
    if isinstance(value, list):
        return [_clean(item, single_line=single_line) for item in value]
    return checks.clean_text(value, single_line=single_line) if isinstance(value, str) else value


def _is_single_line(field: fields.Field[Any]) -> bool:
    lengths = [rule.max for rule in field.validators if isinstance(rule, validate.Length)]
    return max((length for length in lengths if length is not None), default=0) <= SINGLE_LINE
