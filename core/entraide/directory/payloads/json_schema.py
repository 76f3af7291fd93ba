"""The public fields of a kind as JSON Schema, for programs here and on other sites."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from entraide.directory.payloads.values import public_fields
from entraide.kinds import Kind

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def public_json_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind's public payload: `properties` and their types."""
    plugin = MarshmallowPlugin()
    APISpec(kind.name, kind.schema_version, "3.1.0", plugins=[plugin])
    converter: Any = plugin.converter
    return {
        "$schema": DRAFT,
        "type": "object",
        "properties": {
            name: converter.field2property(field) for name, field in public_fields(kind).items()
        },
    }
