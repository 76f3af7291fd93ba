"""What comes in: the login form."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import fields
from entraide.i18n import catalogue

_ = catalogue("entraide")


class LoginSchema(Schema):
    """An e-mail address."""

    email = fields.Email(
        required=True,
        validate=validate.Length(max=254),
        metadata={
            "label": _("Your e-mail address"),
            "hint": _("We send you a link. No password is needed."),
        },
    )
