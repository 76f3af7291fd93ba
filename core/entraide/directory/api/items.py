"""Listing rows and kinds as the API gives them out: their public members and nothing else."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from marshmallow.fields import Field

from entraide import clock, runtime, text
from entraide.directory.api.schemas import OfferItem
from entraide.directory.listing import addresses
from entraide.directory.listing.models import Listing
from entraide.directory.listing.store import COLUMNS
from entraide.directory.models import Publication
from entraide.directory.payloads.communes import with_names
from entraide.directory.payloads.json_schema import public_json_schema
from entraide.directory.payloads.values import public_fields, public_part
from entraide.fields import label_of
from entraide.kinds import Kind

AS_LISTED = sorted(
    {*COLUMNS} & {field.attribute or name for name, field in OfferItem().fields.items()}
)
"""Columns of the listing that an item says, as they are unless `offer_item` spells them."""
_values_listed = attrgetter(*AS_LISTED)


def offer_item(row: Listing, publication: str = Publication.PUBLIC) -> dict[str, Any]:
    """Return an offer as `OfferItem` has it."""
    base = runtime.current().settings.site.base_url
    organisation = row.organisation
    kind = runtime.current().kinds.get(row.kind or "")
    item = dict(zip(AS_LISTED, _values_listed(row), strict=True))
    item |= {
        "id": row.uid,
        "origin": row.origin or base,
        "organisation": organisation and {"id": organisation["id"], "name": organisation["name"]},
        "updated_at": clock.rfc3339(row.updated_at),
        "verify_by": row.verify_by.isoformat() if row.verify_by else None,
        "payload": with_names(kind, public_part(kind, row.payload)),
        "url": base + addresses.offer_url(row.uid, row.origin),
        "publication": publication,
    }
    return item


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
        "has_places": kind.has_seats,
        "federated": kind.federated,
        "payload": _payload_schema(kind),
    }


def _payload_schema(kind: Kind) -> dict[str, Any]:
    """Return what a program may send as the public payload, labels as titles."""
    schema, public = public_json_schema(kind), public_fields(kind)
    for name, field in public.items():
        schema["properties"][name] |= _words(name, field)
    required = [name for name, field in public.items() if field.required]
    return schema | {"required": required, "additionalProperties": False}


def _words(name: str, field: Field[Any]) -> dict[str, str]:
    hint = field.metadata.get("hint")
    title = {"title": str(label_of(name, field))}
    return {**title, "description": str(hint)} if hint else title
