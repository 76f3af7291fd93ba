"""JSON Schemas of what kinds publish in `ext`: their public fields and nothing else."""

from __future__ import annotations

from typing import Any

import orjson

from entraide import Kind, public_json_schema, runtime
from entraide_federation.protocol.errors import UnknownObject

CONTENT_TYPE = "application/schema+json"


def federated_kinds() -> list[Kind]:
    """Return the kinds of the running site whose offers may leave it, by name."""
    kinds = runtime.current().kinds
    return [kinds[name] for name in sorted(kinds) if kinds[name].federated]


def schema_path(kind: Kind) -> str:
    """Return where a kind's schema stands."""
    return f"/federation/v1/schemas/{kind.name}/{kind.schema_version}.json"


def write_schema(name: str, version: str) -> bytes:
    """Return the schema of a kind's `ext` member; raise UnknownObject for any other."""
    for kind in federated_kinds():
        if (kind.name, kind.schema_version) == (name, version):
            return orjson.dumps(_schema(kind), option=orjson.OPT_SORT_KEYS)
    raise UnknownObject(f"No kind {name[:40]!r} of version {version[:20]!r} is published here.")


def _schema(kind: Kind) -> dict[str, Any]:
    address = runtime.current().settings.site.base_url + schema_path(kind)
    return public_json_schema(kind, travels=True) | {"$id": address, "title": kind.name}
