"""What comes in: the login form, and the code beside the link."""

from __future__ import annotations

from marshmallow import Schema, validate

from entraide import fields
from entraide.i18n import catalogue
from entraide.members.addresses import Address

_ = catalogue("entraide")


class LoginSchema(Schema):
    """An e-mail address."""

    email = Address(
        required=True,
        metadata={
            "label": _("Your e-mail address"),
            "hint": _("We send you a link. No password is needed."),
        },
    )


class CodeSchema(Schema):
    """The six digits of the mail."""

    code = fields.String(
        required=True,
        validate=validate.Length(1, 20),
        metadata={
            "label": _("The code in the mail"),
            "kind": "code",
            "hint": _("Six digits. It works for 10 minutes, in this browser only."),
        },
    )
