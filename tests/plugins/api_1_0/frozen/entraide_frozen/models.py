"""The tables: items, and loans with their due dates."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, relationship

from entraide import Member, Model, clock, ids, neutral, subject


class Item(Model):
    """A thing of the association that people borrow."""

    __tablename__ = "frozen_item"

    id: Mapped[UUID] = neutral(primary_key=True, default=ids.new_id)
    name: Mapped[str] = neutral()
    added_at: Mapped[datetime] = neutral(default=clock.now)


class Loan(Model):
    """One item with one person, from one day to another."""

    __tablename__ = "frozen_loan"

    id: Mapped[UUID] = neutral(primary_key=True, default=ids.new_id)
    item_id: Mapped[UUID] = neutral(ForeignKey(Item.id, ondelete="CASCADE"), index=True)
    borrower_id: Mapped[UUID] = subject(Member.id, role="borrower", index=True)
    lent_on: Mapped[date] = neutral(default=clock.today)
    due_on: Mapped[date] = neutral()
    returned_on: Mapped[date | None] = neutral()
    item: Mapped[Item] = relationship(Item)
    borrower: Mapped[Member] = relationship(Member)
