"""The tables of toys, and of what a toy is lent for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, relationship

from entraide import (
    Answer,
    HelpRequest,
    Member,
    Model,
    Offer,
    Organisation,
    clock,
    ids,
    neutral,
    personal,
    subject,
)


class Toy(Model):
    """A toy that somebody lends."""

    __tablename__ = "toys_toy"

    id: Mapped[UUID] = neutral(primary_key=True, default=ids.new_id)
    owner_id: Mapped[UUID] = subject(Member.id, role="owner", index=True)
    name: Mapped[str] = personal("free_text", audience="members", purpose="lend it")
    least_age: Mapped[int] = neutral()
    added_at: Mapped[datetime] = neutral(default=clock.now, index=True)
    owner: Mapped[Member] = relationship(Member)


class Loan(Model):
    """A toy that somebody has: with which offer, request, answer and association it has to do.

    Each link says what becomes of the row when its other end is gone.
    """

    __tablename__ = "toys_loan"

    id: Mapped[UUID] = neutral(primary_key=True, default=ids.new_id)
    toy_id: Mapped[UUID] = neutral(ForeignKey(Toy.id, ondelete="CASCADE"), index=True)
    borrower_id: Mapped[UUID] = subject(Member.id, role="borrower", index=True)
    offer_id: Mapped[UUID | None] = neutral(ForeignKey(Offer.id, ondelete="SET NULL"))
    request_id: Mapped[UUID | None] = neutral(ForeignKey(HelpRequest.id, ondelete="SET NULL"))
    answer_id: Mapped[UUID | None] = neutral(ForeignKey(Answer.id, ondelete="CASCADE"))
    organisation_id: Mapped[UUID | None] = neutral(ForeignKey(Organisation.id, ondelete="SET NULL"))
