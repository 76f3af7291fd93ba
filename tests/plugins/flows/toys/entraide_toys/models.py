"""The table of toys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, relationship

from entraide import Member, Model, clock, ids, neutral, personal, subject


class Toy(Model):
    """A toy that somebody lends."""

    __tablename__ = "toys_toy"

    id: Mapped[UUID] = neutral(primary_key=True, default=ids.new_id)
    owner_id: Mapped[UUID] = subject(Member.id, role="owner", index=True)
    name: Mapped[str] = personal("free_text", audience="members", purpose="lend it")
    least_age: Mapped[int] = neutral()
    added_at: Mapped[datetime] = neutral(default=clock.now)
    owner: Mapped[Member] = relationship(Member)
