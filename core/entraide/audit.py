"""The append-only journal: one row per privileged action, written with the change."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, Session

from entraide import clock
from entraide.database import Model, neutral, personal
from entraide.ids import new_id


class AuditEntry(Model):
    """Who did what to what, when; never the content. The hash chain is added afterwards."""

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    happened_at: Mapped[datetime] = neutral(index=True)
    actor: Mapped[str] = personal("technical", purpose="answer for what was done")
    action: Mapped[str] = neutral()
    subject: Mapped[str] = neutral()


def record(session: Session, *, actor: UUID | str | None, action: str, subject: object) -> None:
    """Write one row in the change's own transaction; `actor` None is the site itself."""
    session.add(
        AuditEntry(
            happened_at=clock.now(), actor=str(actor or "site"), action=action, subject=str(subject)
        )
    )
