"""A kind's payload: checked by its schema, split by who may read it, shown with its labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError

from entraide.classification import Mark
from entraide.errors import BadInput
from entraide.fields import choices_of
from entraide.kinds import Kind

Payload = dict[str, Any]


@cache
def schema_of(kind: type[Schema]) -> Schema:
    """Return the one instance of a schema (making one takes longer than using it)."""
    return kind()


def load_payload(kind: Kind, raw: Mapping[str, Any]) -> Payload:
    """Check a payload against its kind; BadInput lists the fields under `payload`."""
    try:
        return dict(schema_of(kind.schema).load(raw))
    except ValidationError as error:
        raise BadInput(
            f"The payload of a {kind.name} needs another look.",
            {"payload": error.messages_dict},
        ) from error


def split_payload(kind: Kind, payload: Payload) -> tuple[Payload, Payload | None]:
    """Return the public fields and the others (None when there are none), as JSON values."""
    dumped = schema_of(kind.schema).dump(payload)
    public = {
        name: value
        for name, value in dumped.items()
        if value is not None and audience_of(kind, name) == "public"
    }
    details = {
        name: value for name, value in dumped.items() if value is not None and name not in public
    }
    return public, details or None


def audience_of(kind: Kind, name: str) -> str:
    """Return who may read a field; a field without a mark is for the parties only."""
    mark: Mark | None = schema_of(kind.schema).fields[name].metadata.get("mark")
    return mark.audience if mark else "parties"


def described(kind: Kind | None, payload: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return (label, words) of each field that has a value; nothing for an unknown kind."""
    if kind is None or not payload:
        return []
    fields = schema_of(kind.schema).fields
    return [
        (str(one.metadata.get("label", name)), _words(payload[name], choices_of(one)))
        for name, one in fields.items()
        if payload.get(name) not in (None, "", [])
    ]


def facets_of(kind: Kind) -> list[str]:
    """Return the names of the fields that filter a list: public ones marked `facet=True`."""
    return [
        name
        for name, one in schema_of(kind.schema).fields.items()
        if one.metadata.get("facet") and audience_of(kind, name) == "public"
    ]


def _words(value: Any, choices: list[tuple[str, Any]]) -> str:
    labels = {key: str(label) for key, label in choices}
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list):
        return ", ".join(labels.get(str(item), str(item)) for item in value)
    return labels.get(str(value), str(value))
