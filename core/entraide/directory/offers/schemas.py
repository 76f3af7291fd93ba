"""What an offer may be made of, for every door: API and pages check with this schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from entraide import runtime
from entraide.directory.offers import checks
from entraide.directory.offers.incoming import load_offer_payload, mistakes_for
from entraide.directory.offers.input_fields import CleanText, Day, ExactList, OwnReference
from entraide.fields import Integer
from entraide.schedules.schema import ScheduleSchema

MAX_TITLE, MAX_SUMMARY, MAX_PLACES = 150, 2000, 100_000


class OfferSchema(Schema):
    """An offer as it comes in; loads what `OfferInput` takes, its payload checked by its kind."""

    kind = fields.String(required=True, validate=checks.check_kind)
    title = CleanText(least=1, most=MAX_TITLE, single_line=True, required=True)
    summary = CleanText(least=0, most=MAX_SUMMARY, single_line=False, required=True)
    organisation = OwnReference(load_default=None, allow_none=True)
    territory = ExactList(
        fields.String(validate=validate.Length(max=20)),
        required=True,
        validate=checks.check_territory,
    )
    verify_by = Day(required=True, validate=checks.check_last_day)
    schedule = fields.Nested(ScheduleSchema, load_default=None, allow_none=True)
    places = Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(0, MAX_PLACES)
    )
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
    def finish(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Replace the payload by the loaded one; one that was left out holds nothing."""
        kind, payload = runtime.current().kinds[data["kind"]], data["payload"]
        loaded = {} if payload is None else load_offer_payload(kind, payload)
        return {**data, "payload": loaded}
