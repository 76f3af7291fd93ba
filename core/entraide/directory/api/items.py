"""Listing rows and kinds as the API gives them out: their public members and nothing else."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow.fields import Field

from entraide import clock, runtime, text
from entraide.directory.listing import addresses
from entraide.directory.listing.models import Listing
from entraide.directory.models import Publication
from entraide.directory.payloads.values import audience_of, public_part, schema_of
from entraide.kinds import Kind


def offer_item(row: Listing, publication: str = Publication.PUBLIC) -> dict[str, Any]:
    """Return an offer as `OfferItem` has it."""
    base = runtime.current().settings.site.base_url
    organisation = row.organisation
    kind = runtime.current().kinds.get(row.kind or "")
    return {
        "id": row.uid,
        "title": row.title,
        "summary": row.summary,
        "kind": row.kind,
        "origin": row.origin or base,
        "organisation": organisation and {"id": organisation["id"], "name": organisation["name"]},
        "territory": row.territory,
        "updated_at": clock.rfc3339(row.updated_at),
        "verify_by": row.verify_by.isoformat() if row.verify_by else None,
        "schedule": row.schedule,
        "places": row.places,
        "payload": public_part(kind, row.payload),
        "url": base + addresses.offer_url(row.uid, row.origin),
        "publication": publication,
    }


def organisation_item(row: Listing) -> dict[str, Any]:
    """Return an organisation as `OrganisationItem` has it."""
    base = runtime.current().settings.site.base_url
    payload = row.payload or {}
    website = payload.get("url")
    is_clean = isinstance(website, str) and text.is_clean_url(website)
    return {
        "id": row.uid,
        "name": row.title,
        "summary": row.summary,
        "form": payload.get("form"),
        "website": website if is_clean else None,
        "origin": row.origin or base,
        "territory": row.territory,
        "updated_at": clock.rfc3339(row.updated_at),
        "url": base + addresses.organisation_url(row.uid, row.origin),
    }


def kind_item(kind: Kind) -> dict[str, Any]:
    """Return a kind as `KindItem` has it."""
    return {
        "name": kind.name,
        "label": str(kind.label),
        "summary": str(kind.summary),
        "sides": list(kind.sides),
        "schedule": kind.schedule,
        "has_places": kind.has_places,
        "federated": kind.federated,
        "payload": public_json_schema(kind),
    }


def public_json_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind's public payload, labels as titles."""
    plugin = MarshmallowPlugin()
    APISpec(kind.name, kind.schema_version, "3.1.0", plugins=[plugin])
    public = {
        name: field
        for name, field in schema_of(kind.schema).fields.items()
        if audience_of(kind, name) == "public"
    }
    converter: Any = plugin.converter
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            name: {**converter.field2property(field), **_words(name, field)}
            for name, field in public.items()
        },
        "required": [name for name, field in public.items() if field.required],
        "additionalProperties": False,
    }


def _words(name: str, field: Field[Any]) -> dict[str, str]:
    hint = field.metadata.get("hint")
    title = {"title": str(field.metadata.get("label", name))}
    return {**title, "description": str(hint)} if hint else title
