"""The append-only journal: one row per privileged action, written with the change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from entraide import clock, database
from entraide.database import Model, neutral, personal
from entraide.ids import new_id


class AuditEntry(Model):
    """Who did what to what, when, and whom it concerned; never the content.

    `person` is the key of the member concerned, or the blind index of an address without an
    account. The hash chain is added afterwards.
    """

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    happened_at: Mapped[datetime] = neutral(index=True)
    actor: Mapped[str] = personal("technical", purpose="answer for what was done", role="actor")
    action: Mapped[str] = neutral()
    subject: Mapped[str] = neutral()
    person: Mapped[str | None] = personal(
        "technical", purpose="tell people who read what they wrote", role="person", index=True
    )


def record(
    session: Session,
    *,
    actor: UUID | str | None,
    action: str,
    subject: object,
    person: UUID | str | None = None,
) -> None:
    """Write one row in the change's own transaction; `actor` None is the site itself."""
    session.add(
        AuditEntry(
            happened_at=clock.now(),
            actor=str(actor or "site"),
            action=action,
            subject=str(subject),
            person=str(person) if person else None,
        )
    )


@dataclass(frozen=True)
class Reading:
    """Who read what of whom: keys of members, the key of a row in words."""

    actor: UUID
    action: str
    subject: str
    person: UUID


def record_reading(reading: Reading | None) -> None:
    """Write that somebody read something, once per reader, thing and day (UTC).

    Reading pages cannot write: the row has a short transaction of its own, and the page does not
    appear unless it is there. Nothing may be open for writing meanwhile. None writes nothing.
    """
    if reading is None:
        return
    identifier = _identifier_of_today(reading)
    with database.reading() as session:
        if session.get(AuditEntry, identifier) is not None:
            return
    values = {
        "id": identifier,
        "happened_at": clock.now(),
        "actor": str(reading.actor),
        "action": reading.action,
        "subject": reading.subject,
        "person": str(reading.person),
    }
    with database.note() as session:
        # The same person in two windows at once: one row.
        row = database.insert(session, AuditEntry).values(values)
        session.execute(row.on_conflict_do_nothing())


def _identifier_of_today(reading: Reading) -> UUID:
    day = clock.now().date().isoformat()
    identity = f"{reading.actor} {reading.action} {reading.subject} {day}"
    return UUID(bytes=hashlib.sha256(identity.encode()).digest()[:16])


def entries_about(
    session: Session, person: UUID, *, actions: Sequence[str], limit: int
) -> list[AuditEntry]:
    """Return the newest rows of some actions about somebody, caused by others."""
    rows = select(AuditEntry).where(
        AuditEntry.person == str(person),
        AuditEntry.actor != str(person),
        AuditEntry.action.in_(actions),
    )
    return list(session.scalars(rows.order_by(AuditEntry.happened_at.desc()).limit(limit)))
