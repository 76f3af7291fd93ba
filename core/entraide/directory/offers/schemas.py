"""What an offer may be made of, for every door: form, API and seed check with this schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from entraide import runtime
from entraide.directory.offers import checks
from entraide.directory.offers.incoming import load_offer_payload, mistakes_for
from entraide.directory.offers.input_fields import CleanText, Day, ExactList, KindName, OwnReference
from entraide.fields import Integer, public
from entraide.i18n import catalogue
from entraide.schedules.schema import ScheduleSchema

_ = catalogue("entraide")

MAX_TITLE, MAX_SUMMARY, MAX_SEATS = 150, 2000, 100_000
MOST_ASKED = 1000
"""Seats that a form takes: more is a slip of the finger."""


@dataclass(frozen=True)
class OfferInput:
    """What an offer is made of; `payload` holds every field of the kind's schema, loaded."""

    kind: str
    title: str
    summary: str
    territory: list[str]
    verify_by: date
    organisation_id: UUID | None = None
    schedule: dict[str, Any] | None = None
    seats: int | None = None
    payload: dict[str, Any] = field(default_factory=dict)


class OfferWords(Schema):
    """The words and limits that an offer of any kind has, as a form asks for them."""

    title = public(
        CleanText(least=1, most=MAX_TITLE, single_line=True, required=True),
        label=_("Title"),
        missing=_("Please write a title."),
        hint=_("One short sentence. No name, no phone, no address."),
    )
    summary = public(
        CleanText(least=0, most=MAX_SUMMARY, single_line=False, load_default=""),
        label=_("More about it"),
        hint=_("No name, no phone, no address."),
    )
    places = public(
        Integer(
            attribute="seats",
            load_default=None,
            allow_none=True,
            validate=validate.Range(
                1, MOST_ASKED, error=_("Please write a whole number from 1 to 1000.").source
            ),
        ),
        label=_("How many can you help?"),
    )


TEXTS = tuple(name for name, words in OfferWords().fields.items() if isinstance(words, CleanText))
"""Which of these people write freely: they hold nobody's phone or address."""


class OfferSchema(OfferWords):
    """An offer as programs send it; loads an `OfferInput`, its payload checked by its kind."""

    kind = KindName(required=True, validate=checks.check_kind)
    # A program says that there are no words, and counts the seats that are left.
    summary = CleanText(least=0, most=MAX_SUMMARY, single_line=False, required=True)
    places = Integer(
        attribute="seats",
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, MAX_SEATS),
    )
    organisation = OwnReference(attribute="organisation_id", load_default=None, allow_none=True)
    territory = ExactList(
        fields.String(validate=validate.Length(max=20)),
        required=True,
        validate=checks.check_territory,
    )
    verify_by = Day(required=True, validate=checks.check_last_day)
    schedule = fields.Nested(ScheduleSchema, load_default=None, allow_none=True)
    payload = fields.Dict(
        keys=fields.String(),
        load_default=None,
        allow_none=True,
        metadata={"description": "Left out: no details. Given: all that /api/v1/kinds requires."},
    )

    @validates_schema(skip_on_field_errors=False)
    def check_with_kind(self, data: Mapping[str, Any], **_: Any) -> None:
        """Hold the payload, the schedule and the places to what the kind asks."""
        kind = runtime.current().kinds.get(data.get("kind", ""))
        mistakes = mistakes_for(kind, data) if kind else {}
        if mistakes:
            raise ValidationError(mistakes)

    @post_load
    def finish(self, data: dict[str, Any], **_: Any) -> OfferInput:
        """Replace the payload by the loaded one; one that was left out holds nothing."""
        kind, payload = runtime.current().kinds[data["kind"]], data["payload"]
        loaded = {} if payload is None else load_offer_payload(kind, payload)
        return OfferInput(**{**data, "payload": loaded})
