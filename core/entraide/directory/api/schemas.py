"""What the API takes in queries and headers, and exactly what it gives out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from entraide.directory.models import Publication
from entraide.fields import Integer

KIND = re.compile(r"^[a-z][a-z0-9_]{1,39}$")
BASE_URL = re.compile(r"^https?://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?$")
MOMENT = re.compile(
    r"(?:19[7-9][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
KEY = re.compile(r"^[\x21-\x7e]{1,200}$")


class Moment(fields.AwareDateTime):
    """A time with its zone (RFC 3339), between 1970 and 2999; loads UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002 - marshmallow's signature
        if isinstance(value, str) and MOMENT.fullmatch(value):
            try:
                return datetime.fromisoformat(value).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        raise ValidationError("Write a time like 2026-11-22T09:00:00Z (and + as %2B).")


class PageQuery(Schema):
    """Which page: `after` is the `next` of the page before."""

    after = fields.String(load_default=None, validate=validate.Length(1, 600))
    limit = Integer(load_default=50, validate=validate.Range(1, 100))


class OfferQuery(PageQuery):
    """Which offers."""

    kind = fields.String(load_default=None, validate=validate.Regexp(KIND))
    origin = fields.String(
        load_default=None,
        validate=validate.Regexp(BASE_URL, error="Give the base URL of a site, without a path."),
    )
    updated_since = Moment(load_default=None)


class IdempotencyHeaders(Schema):
    """A name for the request, so that sending it again creates nothing twice."""

    key = fields.String(
        data_key="Idempotency-Key",
        load_default=None,
        validate=validate.Regexp(KEY, error="1 to 200 visible ASCII characters."),
    )


class OrganisationName(Schema):
    """Who offers."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class ScheduleView(Schema):
    """When it takes place: times are local to `timezone` unless they end in Z."""

    starts = fields.String(required=True)
    ends = fields.String()
    rrule = fields.String(metadata={"description": "A recurrence rule of RFC 5545."})
    timezone = fields.String(required=True)


class OfferItem(Schema):
    """One public offer, of this site or of another one."""

    id = fields.String(required=True, metadata={"description": "Its address in the federation."})
    title = fields.String(required=True)
    summary = fields.String(required=True)
    kind = fields.String(required=True)
    origin = fields.String(required=True, metadata={"description": "Base URL of its site."})
    organisation = fields.Nested(OrganisationName, required=True, allow_none=True)
    territory = fields.List(
        fields.String(), required=True, metadata={"description": "INSEE codes."}
    )
    updated_at = fields.String(required=True, metadata={"format": "date-time"})
    verify_by = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    schedule = fields.Nested(ScheduleView, required=True, allow_none=True)
    places = fields.Integer(attribute="seats", required=True, allow_none=True)
    payload = fields.Dict(required=True, metadata={"description": "See /api/v1/kinds."})
    url = fields.String(required=True, metadata={"description": "Its page on this site."})
    publication = fields.String(required=True, validate=validate.OneOf(tuple(Publication)))


class OfferPage(Schema):
    """A page of offers."""

    items = fields.List(fields.Nested(OfferItem), required=True)
    next = fields.String(required=True, allow_none=True)


class OrganisationItem(Schema):
    """One organisation, of this site or of another one."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    summary = fields.String(required=True)
    form = fields.String(required=True, allow_none=True)
    website = fields.String(required=True, allow_none=True)
    origin = fields.String(required=True)
    territory = fields.List(fields.String(), required=True)
    updated_at = fields.String(required=True, metadata={"format": "date-time"})
    url = fields.String(required=True)


class OrganisationPage(Schema):
    """A page of organisations."""

    items = fields.List(fields.Nested(OrganisationItem), required=True)
    next = fields.String(required=True, allow_none=True)


class KindItem(Schema):
    """One kind of help that this site knows."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    summary = fields.String(required=True)
    sides = fields.List(fields.String(), required=True)
    schedule = fields.String(required=True)
    has_places = fields.Boolean(required=True)
    federated = fields.Boolean(required=True)
    payload = fields.Dict(
        required=True, metadata={"description": "JSON Schema of the public payload."}
    )


class KindList(Schema):
    """Every kind of help."""

    items = fields.List(fields.Nested(KindItem), required=True)
