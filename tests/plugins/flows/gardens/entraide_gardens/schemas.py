"""What an offer of a garden says, and who may read each part."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import catalogue, fields, parties, public

_ = catalogue(__package__)
DEAREST = 20
"""Euros a month."""


class GardenSchema(Schema):
    """Everyone reads where and when; how to book is for those who have agreed."""

    commune = public(fields.Commune(), label=_("Where the garden lies"))
    price = public(
        fields.Decimal(validate=validate.Range(0, DEAREST)),
        label=_("Euros a month"),
        zero=_("Free"),
        facet=True,
    )
    opens = public(fields.Time(), label=_("Open from"))
    closes_on = public(fields.Date(), label=_("Closed for winter from"))
    grows = public(
        fields.List(
            fields.String(validate=validate.Length(max=40)), validate=validate.Length(max=5)
        ),
        label=_("What grows there"),
    )
    page = public(fields.Url(), label=_("Page of the garden"))
    booking = parties(
        fields.Email(),
        label=_("Address for bookings"),
        category="contact",
        purpose="agree on a day",
    )
