"""Filters by a number, a day or a time: "at most" this price, "at least" that distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from entraide import clock, runtime
from entraide.directory.payloads.values import facets_of, schema_of
from entraide.directory.search import INDEX, IndexUnusable

MOST_VALUES = 1_000
"""Different numbers of one field that are compared: more than offers ever give."""


def direction_of(field: fields.Field[Any]) -> str:
    """Return `at_most` or `at_least` for a number, and for a day or a time that asks for it.

    Empty for what is compared as it is.
    """
    marked = field.metadata.get("facet")
    if marked in ("at_most", "at_least"):
        return str(marked)
    return "at_most" if isinstance(field, fields.Number) and marked is True else ""


def accepted_values(facets: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return what each facet of a query accepts: the value itself, or all within its limit."""
    return {key: _accepted(key, value) for key, value in facets.items()}


def load_value(field: fields.Field[Any], value: str) -> Any:
    """Return a value as its field reads it, None when the field does not take it.

    Neither is a time with a zone, which no other can be compared with.
    """
    inner = field.inner if isinstance(field, fields.List) else field
    try:
        loaded = inner.deserialize(value)
    except ValidationError:
        return None
    return None if getattr(loaded, "tzinfo", None) else loaded


def _accepted(key: str, value: str) -> tuple[str, ...]:
    field = _field_of(key)
    limit = load_value(field, value) if field and direction_of(field) else None
    if field is None or limit is None:
        return (value,)
    is_least = direction_of(field) == "at_least"
    loaded = [(given, load_value(field, given)) for given in _given(key)]
    within = [
        given
        for given, number in loaded
        if number is not None and (number >= limit if is_least else number <= limit)
    ]
    return tuple(within) or (value,)


def _field_of(key: str) -> fields.Field[Any] | None:
    kind = runtime.current().kinds.get(key.partition(".")[0])
    name = key.partition(".")[2]
    return schema_of(kind.schema).fields[name] if kind and name in facets_of(kind) else None


def _given(key: str) -> list[str]:
    index = INDEX.get()
    try:
        return index.facet_values(key, today=clock.today(), most=MOST_VALUES)
    except IndexUnusable:
        return []
