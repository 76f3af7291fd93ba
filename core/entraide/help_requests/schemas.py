"""What comes in: an answer to a request, the new last day of one that opens again."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import fields
from entraide.i18n import catalogue

_ = catalogue("entraide")


class AnswerSchema(Schema):
    """A short message, and the association for which a coordinator answers."""

    message = fields.parties(
        fields.String(required=True, validate=validate.Length(1, 1000)),
        label=_("Your message"),
        hint=_("A few words: how you can help, and when."),
    )
    organisation = fields.public(
        fields.String(validate=validate.Length(max=36)),
        label=_("Your association"),
        kind="choice",
        unset=_("In my own name"),
    )


class ReopenSchema(Schema):
    """Until when the request looks for somebody."""

    verify_by = fields.members(fields.Date(required=True), label=_("Until which day?"))
