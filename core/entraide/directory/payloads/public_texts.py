"""What strangers read of an offer or a request holds nobody's phone, address, or pseudonym."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields
from marshmallow import fields as upstream

from entraide.contact_details import ContactKind, find_contact_details
from entraide.directory.payloads.values import public_fields
from entraide.errors import BadInput
from entraide.fields import choices_of
from entraide.i18n import Text, catalogue
from entraide.kinds import Kind

_ = catalogue("entraide")

WORDS: dict[ContactKind, Text] = {
    "phone": _(
        "This text holds a phone number (%(excerpt)s). Please take it out: people whom you "
        "do not know read this text."
    ),
    "email": _(
        "This text holds an e-mail address (%(excerpt)s). Please take it out: people whom "
        "you do not know read this text."
    ),
    "address": _(
        "This text holds a street address (%(excerpt)s). Please take it out: people whom "
        "you do not know read this text. The commune is enough."
    ),
    "link": _(
        "This text holds a link or a pseudonym (%(excerpt)s). Please take it out: people whom "
        "you do not know read this text."
    ),
}


def check_texts(kind: Kind, texts: Mapping[str, str], payload: Mapping[str, Any]) -> None:
    """Raise BadInput naming each field that strangers read and that holds a contact detail.

    `texts` are those of every kind, `payload` the kind's own fields; those made for it (an e-mail
    address, the page of an association) may hold one, and those that only the two sides of a match
    read.
    """
    errors: dict[str, Any] = {
        name: mistakes for name, words in texts.items() if (mistakes := mistakes_in(words))
    }
    inner = {
        name: mistakes
        for name, value in payload.items()
        if is_checked(kind, name) and (mistakes := mistakes_in(value))
    }
    if inner:
        errors["payload"] = inner
    if errors:
        raise BadInput(str(_("Some answers need another look.")), errors)


def is_checked(kind: Kind, name: str) -> bool:
    """Return whether strangers read a field of a kind, and people write it freely."""
    field = public_fields(kind).get(name)
    if field is None or choices_of(field):
        return False
    free = field.inner if isinstance(field, upstream.List) else field
    return isinstance(free, fields.String) and not isinstance(free, fields.Url | fields.Email)


def mistakes_in(value: Any) -> list[str]:
    """Return what a person is told about the contact details in a text, or a list of texts."""
    texts = value if isinstance(value, list) else [value]
    return [
        str(WORDS[detail.kind]) % {"excerpt": detail.excerpt}
        for text in texts
        if isinstance(text, str)
        for detail in find_contact_details(text)
    ]
