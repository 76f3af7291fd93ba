"""What a member may know of the journal: who read what they wrote, copied or entered for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from entraide import audit
from entraide.i18n import Text, catalogue

_ = catalogue("entraide")

SHOWN = 10
WORDS: dict[str, Text] = {
    "help_requests.read": _("Somebody who may help opened your request."),
    "help_requests.read_private": _("The person whom you chose opened your request."),
    "directory.read_private": _("Somebody who looks after your offer read all of it."),
    "privacy.export": _("Whoever runs this site made a copy of your data."),
    "members.link": _("Whoever runs this site made a link to log in as you."),
}
"""Readings, copies and entries by others; whose page tells them already is left out."""


def readings(session: Session, member_id: UUID) -> list[tuple[datetime, Text]]:
    """Return the newest readings of what a member wrote, by others: when, and in words what."""
    rows = audit.entries_about(session, member_id, actions=list(WORDS), limit=SHOWN)
    return [(row.happened_at, WORDS[row.action]) for row in rows]
