"""What a member may know of the journal: who read what they wrote, copied or entered for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from entraide import audit
from entraide.i18n import Text, catalogue
from entraide.labels import LABELS, JournalAction

_ = catalogue("entraide")

SHOWN = 10
TOLD = (
    JournalAction("help_requests.read", _("Somebody who may help opened your request.")),
    JournalAction(
        "help_requests.read_private", _("The person whom you chose opened your request.")
    ),
    JournalAction(
        "directory.read_private", _("Somebody who looks after your offer read all of it.")
    ),
    JournalAction("privacy.export", _("Whoever runs this site made a copy of your data.")),
    JournalAction("members.link", _("Whoever runs this site made a link to log in as you.")),
)
"""Readings, copies and entries by others; what a member's pages tell them already is left out."""


def readings(session: Session, member_id: UUID) -> list[tuple[datetime, Text]]:
    """Return the newest of what others did about a member, and plugins noted: when, and what."""
    known = LABELS.get().actions
    rows = audit.entries_about(session, member_id, actions=list(known), limit=SHOWN)
    return [(row.happened_at, known[row.action].label) for row in rows]
