"""E-mail addresses: which ones mail can reach, and how a page shows one without telling it."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError

from entraide import fields
from entraide.i18n import Text, catalogue

_ = catalogue("entraide")

LONGEST, LONGEST_MAILBOX = 254, 64
"""RFC 5321, section 4.5.3.1."""
# Without the % and ! of RFC 5322: they once named relays, and stand where bytes were no text.
_ATOM = r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+"
_MAILBOX = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:[A-Za-z]{{2,63}}|xn--[A-Za-z0-9-]{{1,59}})")
UNREACHABLE = ("localhost", "localdomain", "local", "invalid", "internal", "lan", "onion", "arpa")
"""Last parts of names that no mail server of the internet finds (RFC 2606, 6761, 6762)."""

WRONG = _("Please write one e-mail address, for example nom@exemple.fr.")
ACCENTS = _("An e-mail address has no accent and no sign like ç or œ. Please look at it again.")
INCOMPLETE = _(
    "The end of this address is not complete. After the @ comes a name with a dot, for example "
    "nom@exemple.fr."
)
BLANK = _("There is a blank in this address. Please take it out.")


class Address(fields.Email):
    """An address that a mail server of the internet can take; refused in words that help."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = [check_address]


def check_address(address: str) -> None:
    """Raise ValidationError, in words for people, for an address that mail cannot reach."""
    if words := _mistake(address.strip()):
        raise ValidationError([getattr(words, "source", str(words))])


def mask_address(address: str) -> str:
    """Return an address as its owner recognises it and nobody else learns it: m…@example.org."""
    mailbox, _at, domain = address.rpartition("@")
    return f"{mailbox[:1]}…@{domain}"


def _mistake(address: str) -> Text:
    mailbox, at, domain = address.rpartition("@")
    if not address.isascii():
        return ACCENTS
    if re.search(r"\s", address):
        return BLANK
    if not at or "@" in mailbox or len(address) > LONGEST:
        return WRONG
    if not _DOMAIN.fullmatch(domain) or domain.lower().rpartition(".")[2] in UNREACHABLE:
        return INCOMPLETE
    is_mailbox = _MAILBOX.fullmatch(mailbox) and len(mailbox) <= LONGEST_MAILBOX
    return "" if is_mailbox else WRONG
