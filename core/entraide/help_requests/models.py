"""Tables of help requests: what is asked, who answers, what both sides agreed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum, nonmember
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from entraide.database import Model, neutral, personal, subject
from entraide.directory.models import Organisation
from entraide.ids import new_id
from entraide.members.models import Member

HELP = "find somebody who helps"


class RequestState(StrEnum):
    """Where a request for help stands, as `help_requests_request.state` keeps it.

    OPEN looks for somebody and no answer waits; ANSWERED too, and answers wait for a yes; MATCHED:
    both sides of an answer said yes; DONE: the parent said that the help took place, for good;
    CLOSED by a person, or with its contact or its author's account; EXPIRED: its last day passed
    without a match.
    """

    OPEN = "open"
    ANSWERED = "answered"
    MATCHED = "matched"
    DONE = "done"
    CLOSED = "closed"
    EXPIRED = "expired"

    # Tuples of the plain values: they keep one order in queries.
    SEEKING = nonmember((OPEN, ANSWERED))
    """Still looks for somebody."""
    UNDER_WAY = nonmember((OPEN, ANSWERED, MATCHED))
    """Looks for somebody or has found them."""
    REOPENABLE = nonmember((MATCHED, CLOSED, EXPIRED))
    """Its author may look for somebody again."""
    STOPPED = nonmember((CLOSED, EXPIRED))
    """Ended, and nobody said that it was done."""
    OVER = nonmember((DONE, CLOSED, EXPIRED))
    """Ended, done or not."""


class AnswerState(StrEnum):
    """Where an answer to a request stands, as `help_requests_answer.state` keeps it.

    SENT waits for a yes; AGREED: both sides said yes, and the request tells whether they are still
    in contact; ENDED: their contact was, for good; WITHDRAWN: taken back by its author or with
    their role, or the request looks for somebody again: a new answer may follow. Without a match:
    DECLINED by the parent; OTHER_CHOSEN: the parent agreed with somebody else; CLOSED with the
    request; EXPIRED with its last day.
    """

    SENT = "sent"
    AGREED = "agreed"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    OTHER_CHOSEN = "other_chosen"
    CLOSED = "closed"
    EXPIRED = "expired"

    IN_FORCE = nonmember((SENT, AGREED))
    """Waits for a yes or has both: neither taken back, refused nor ended."""


class HelpRequest(Model):
    """What a member asks for; seen by those who may help, without the author's identity.

    `state` is a `RequestState`. `payload` holds the kind's fields that whoever may see the request
    may read, `details` those for the parties of a match.
    """

    __tablename__ = "help_requests_request"
    side: ClassVar[str] = "request"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = subject(Member.id, role="author", index=True)
    kind: Mapped[str] = neutral(index=True)
    title: Mapped[str] = personal("free_text", audience="members", purpose=HELP)
    summary: Mapped[str] = personal("free_text", audience="members", purpose=HELP)
    territory: Mapped[list[str]] = personal("location", audience="members", purpose=HELP)
    schedule: Mapped[dict[str, Any] | None] = neutral()
    payload: Mapped[dict[str, Any]] = personal("free_text", audience="members", purpose=HELP)
    details: Mapped[dict[str, Any] | None] = personal(
        "family", audience="parties", purpose="the help itself", retention="P1Y after verify_by"
    )
    state: Mapped[str] = neutral(default=RequestState.OPEN, index=True)
    verify_by: Mapped[date] = neutral(index=True)
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()
    answers: Mapped[list[Answer]] = relationship(
        lazy="selectin", order_by="Answer.created_at", back_populates="request"
    )


class Answer(Model):
    """Someone offers to help; `state` is an `AnswerState`.

    `message` is None when its term is over.
    """

    __tablename__ = "help_requests_answer"
    __table_args__ = (UniqueConstraint("request_id", "member_id"),)

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    request_id: Mapped[UUID] = neutral(ForeignKey(HelpRequest.id, ondelete="CASCADE"), index=True)
    member_id: Mapped[UUID] = subject(Member.id, role="helper", index=True)
    organisation_id: Mapped[UUID | None] = neutral(ForeignKey(Organisation.id, ondelete="SET NULL"))
    message: Mapped[str | None] = personal(
        "free_text", audience="parties", purpose=HELP, retention="P1Y after created_at"
    )
    state: Mapped[str] = neutral(default=AnswerState.SENT)
    asker_agreed_at: Mapped[datetime | None] = neutral()
    helper_agreed_at: Mapped[datetime | None] = neutral()
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()
    request: Mapped[HelpRequest] = relationship(back_populates="answers")


class Step(Model):
    """One step of a request: who, when, from where to where, and why."""

    __tablename__ = "help_requests_step"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    request_id: Mapped[UUID] = neutral(ForeignKey(HelpRequest.id, ondelete="CASCADE"), index=True)
    member_id: Mapped[UUID | None] = subject(Member.id, role="actor", ondelete="SET NULL")
    step: Mapped[str] = neutral()
    source: Mapped[str] = neutral()
    target: Mapped[str] = neutral()
    happened_at: Mapped[datetime] = neutral()
