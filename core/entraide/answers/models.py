"""Tables of answers to offers: who answers which one, for when, and how far it has come."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum, nonmember
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from entraide.database import Model, neutral, personal, subject
from entraide.directory.models import Offer
from entraide.ids import new_id
from entraide.members.models import Member

MEET = "take part in what is offered"


class OfferAnswerState(StrEnum):
    """Where an answer to an offer stands, as `answers_answer.state` keeps it.

    SENT waits for the yes of who offers; WAITING stands in line for a seat; OFFERED: a freed seat
    is kept for them until `offered_until`; AGREED: they take part. DECLINED by who offers;
    WITHDRAWN by themselves before they had agreed; CANCELLED by one of both sides afterwards, or
    with the offer; EXPIRED: nobody answered in time.
    """

    SENT = "sent"
    WAITING = "waiting"
    OFFERED = "offered"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    SEATED = nonmember((OFFERED, AGREED))
    """Has a seat, or one that is kept."""
    STANDING = nonmember((SENT, WAITING, OFFERED, AGREED))
    """Something may still come of it."""
    UNDECIDED = nonmember((SENT, WAITING, OFFERED))
    """Somebody's word is awaited."""


class OfferAnswer(Model):
    """One person's answer to an offer: for its one date, or for one day of a series.

    `occurrence` is that day (`2027-01-06`), empty otherwise, `starts_at` when it begins. `seats`
    is how many it takes. Whoever answers again after a no has the same row: `answered_at` is when
    they last did, `number` their place in the order of all answers to the offer, whatever the
    machine's clock does.
    """

    __tablename__ = "answers_answer"
    __table_args__ = (UniqueConstraint("offer_id", "member_id", "occurrence"),)

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    offer_id: Mapped[UUID] = neutral(ForeignKey(Offer.id, ondelete="CASCADE"), index=True)
    member_id: Mapped[UUID] = subject(Member.id, role="participant", index=True)
    occurrence: Mapped[str] = neutral(default="")
    starts_at: Mapped[datetime | None] = neutral()
    seats: Mapped[int] = neutral(default=1)
    message: Mapped[str | None] = personal(
        "free_text", audience="parties", purpose=MEET, retention="P1Y after answered_at"
    )
    details: Mapped[dict[str, Any] | None] = personal(
        "family", audience="parties", purpose=MEET, retention="P1Y after answered_at"
    )
    state: Mapped[str] = neutral(index=True)
    number: Mapped[int] = neutral()
    answered_at: Mapped[datetime] = neutral()
    offered_until: Mapped[datetime | None] = neutral(index=True)
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()
    offer: Mapped[Offer] = relationship(lazy="joined")


class AnswerStep(Model):
    """One step of an answer: who, when, from where to where; without a member the site itself."""

    __tablename__ = "answers_step"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    answer_id: Mapped[UUID] = neutral(ForeignKey(OfferAnswer.id, ondelete="CASCADE"), index=True)
    member_id: Mapped[UUID | None] = subject(
        Member.id, role="actor", ondelete="SET NULL", index=True
    )
    step: Mapped[str] = neutral()
    source: Mapped[str] = neutral()
    target: Mapped[str] = neutral()
    happened_at: Mapped[datetime] = neutral()
