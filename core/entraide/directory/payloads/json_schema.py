"""The public fields of a kind as JSON Schema, for programs here and on other sites."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields

from entraide.directory.payloads.values import public_fields
from entraide.directory.payloads.versions import MARK
from entraide.fields import Commune
from entraide.kind_rules import FIRST_VERSION
from entraide.kinds import Kind

LONGEST_AMOUNT = 21
"""A sign, twelve digits, a point, six digits; and what decimals make of them."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"


LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
CODE = {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{3}$", "format": "insee-commune"}


def public_json_schema(kind: Kind, *, travels: bool = False) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind's public payload: `properties` and their types.

    With `travels` as it stands between sites: an amount is a text there, a commune its code.
    """
    plugin = MarshmallowPlugin()
    APISpec(kind.name, kind.schema_version, "3.1.0", plugins=[plugin])
    properties = {
        name: _property(plugin.converter, field, travels=travels)
        for name, field in public_fields(kind).items()
    }
    if travels and kind.schema_version != FIRST_VERSION:
        properties[MARK] = {"type": "string", "const": kind.schema_version}
    return {"$schema": DRAFT, "type": "object", "properties": properties}


def _property(converter: Any, field: fields.Field[Any], *, travels: bool) -> dict[str, Any]:
    made: dict[str, Any] = converter.field2property(field)
    if isinstance(field, fields.List):
        return made | {"items": _property(converter, field.inner, travels=travels)}
    if isinstance(field, Commune):
        return {**CODE} if travels else {"oneOf": [{**CODE}, _named_commune()]}
    if isinstance(field, fields.Decimal) and travels:
        return {"type": "string", "format": "decimal", "maxLength": LONGEST_AMOUNT}
    limits = {name: _plain_number(made.pop(name)) for name in LIMITS if name in made}
    return made | {name: number for name, number in limits.items() if number is not None}


def _named_commune() -> dict[str, Any]:
    properties = {"code": {**CODE}, "name": {"type": "string"}}
    return {"type": "object", "properties": properties, "required": ["code"]}


def _plain_number(limit: Any) -> float | None:
    """Return a limit as JSON has it; None for the limit of a day or a time, which JSON has not."""
    if isinstance(limit, Decimal):
        return int(limit) if limit == limit.to_integral_value() else float(limit)
    return limit if isinstance(limit, int | float) else None
