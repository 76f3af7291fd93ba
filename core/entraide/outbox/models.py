"""Tables of the outbox: events, their delivery to each plugin, messages to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, Session

from entraide.database import Model, neutral, personal
from entraide.database.columns import Number
from entraide.ids import new_id

DELIVERY = "deliver this message"


class OutboxEvent(Model):
    """One event; `fanned_out_at` is set when each listening plugin has its delivery row."""

    __tablename__ = "outbox_event"

    id: Mapped[int] = neutral(Number, primary_key=True, autoincrement=True)
    key: Mapped[UUID] = neutral(default=new_id, unique=True)
    name: Mapped[str] = neutral()
    members: Mapped[dict[str, Any]] = neutral()
    created_at: Mapped[datetime] = neutral()
    fanned_out_at: Mapped[datetime | None] = neutral(index=True)


class OutboxDelivery(Model):
    """One event for one plugin: tried until done or dead."""

    __tablename__ = "outbox_delivery"
    __table_args__ = (Index("ix_outbox_delivery_due", "next_at"),)

    event_id: Mapped[int] = neutral(
        ForeignKey(OutboxEvent.id, ondelete="CASCADE"), primary_key=True
    )
    plugin: Mapped[str] = neutral(primary_key=True)
    attempts: Mapped[int] = neutral(default=0)
    next_at: Mapped[datetime | None] = neutral()
    error: Mapped[str] = neutral(default="")


class OutboxMessage(Model):
    """One message to one person; address and words are erased once it is sent or given up."""

    __tablename__ = "outbox_message"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    key: Mapped[str] = neutral(unique=True)
    address: Mapped[str | None] = personal("contact", purpose=DELIVERY)
    subject: Mapped[str | None] = personal("free_text", audience="parties", purpose=DELIVERY)
    body: Mapped[str | None] = personal("free_text", audience="parties", purpose=DELIVERY)
    created_at: Mapped[datetime] = neutral()
    attempts: Mapped[int] = neutral(default=0)
    next_at: Mapped[datetime | None] = neutral(index=True)
    error: Mapped[str] = neutral(default="")


class DeadLetter(Model):
    """A delivery (or, of a message, its key) that was given up; a person decides what happens."""

    __tablename__ = "outbox_dead_letter"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    event_name: Mapped[str] = neutral()
    members: Mapped[dict[str, Any]] = neutral()
    plugin: Mapped[str] = neutral()
    error: Mapped[str] = neutral()
    died_at: Mapped[datetime] = neutral()


def pending(session: Session) -> int:
    """Return how many events, deliveries and messages still wait."""
    waiting = (
        select(func.count()).where(OutboxEvent.fanned_out_at.is_(None)).scalar_subquery(),
        select(func.count()).select_from(OutboxDelivery).scalar_subquery(),
        select(func.count()).where(OutboxMessage.next_at.is_not(None)).scalar_subquery(),
    )
    return sum(session.execute(select(*waiting)).one())
