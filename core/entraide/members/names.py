"""How members are called: they say so themselves, and nothing is made of their address."""

from __future__ import annotations

import re

from marshmallow import Schema, ValidationError, validate

from entraide import clock, fields
from entraide.contact_details import find_contact_details
from entraide.i18n import catalogue
from entraide.members.models import Member

_ = catalogue("entraide")

LONGEST = 60
CONTACT = re.compile(
    r"@|://|\bwww\.|\w\.(?:fr|com|org|net|eu|info|io|be|ch)\b|(?:\d[\s.\-/]*){6,}", re.IGNORECASE
)
"""What looks like a mail or web address, or like the number of a phone."""
LETTER = re.compile(r"[^\W\d_]")


def check_name(name: str) -> None:
    """Raise ValidationError for a name with contact details, or without a letter."""
    # A family reads the name of whoever answers before it says yes.
    if CONTACT.search(name) or find_contact_details(name):
        raise ValidationError(_("Please write a name only: no phone, no address.").source)
    if not LETTER.search(name):
        raise ValidationError(_("Please write a name with letters.").source)


class NameSchema(Schema):
    """How somebody wants to be called."""

    name = fields.String(
        required=True,
        validate=[validate.Length(1, LONGEST), check_name],
        metadata={
            "label": _("Your first name, or another name"),
            "hint": _("Those whom you write to read it. No phone, no address."),
        },
    )


def must_be_asked(member: Member) -> bool:
    """Return whether a member was never asked how to call them."""
    return member.name_asked_at is None


def rename(member: Member, name: str) -> None:
    """Call a member by the name that they gave; an empty one leaves the neutral words."""
    member.display_name, member.name_asked_at = name, clock.now()


def skip(member: Member) -> None:
    """Note that a member was asked and gave no name for now."""
    member.name_asked_at = clock.now()
