"""Tables of the directory: organisations, their members, offers and the steps that these take."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum, nonmember
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, relationship

from entraide.database import Model, neutral, personal, subject
from entraide.ids import new_id
from entraide.members.models import Member


class Publication(StrEnum):
    """Who sees an offer or an organisation; this alone decides it."""

    DRAFT = "draft"
    """Not written yet: only asked whether somebody may."""
    PENDING = "pending"
    """Proposed: the team reads it first."""
    PUBLIC = "public"
    """Everybody."""
    HIDDEN = "hidden"
    """Taken out of sight with the account that wrote it; it may come back."""
    WITHDRAWN = "withdrawn"
    """Taken down, for good."""
    EXPIRED = "expired"
    """Its last day has passed."""

    PROPOSED = nonmember(frozenset({"draft", "pending"}))
    STANDING = nonmember(frozenset({"draft", "pending", "public", "hidden"}))
    EXPIRING = nonmember(frozenset({"pending", "public", "hidden"}))
    OVER = nonmember(frozenset({"withdrawn", "expired"}))


DIRECTORY = "show what exists to those who look for help"


class Organisation(Model):
    """An association, public body, company or informal collective; no number is required."""

    __tablename__ = "directory_organisation"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    name: Mapped[str] = neutral()
    form: Mapped[str] = neutral(default="association")
    summary: Mapped[str] = neutral(default="")
    url: Mapped[str | None] = neutral()
    territory: Mapped[list[str]] = neutral(default=list)
    identifiers: Mapped[dict[str, Any] | None] = neutral()
    publication: Mapped[str] = neutral(default=Publication.PUBLIC)
    revision: Mapped[int] = neutral(default=1)
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()


class OrganisationMember(Model):
    """Who acts for an organisation; a coordinator publishes at once."""

    __tablename__ = "directory_organisation_member"

    organisation_id: Mapped[UUID] = neutral(
        ForeignKey(Organisation.id, ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = subject(Member.id, role="coordinator", primary_key=True, index=True)
    role: Mapped[str] = personal("technical", purpose="decide what they may do")


class Offer(Model):
    """What an organisation or a member proposes.

    `publication` alone decides visibility (see `Publication`); `state` belongs to the kind's workflow. `payload` holds the kind's public fields, `details` the
    others. `decision` is the team's last word (approved, declined, removed, or none yet), `reason`
    why it was removed. Of `seats` so many are `seats_taken`; lists and peers see what is left.
    """

    __tablename__ = "directory_offer"
    side: ClassVar[str] = "offer"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID | None] = neutral(
        ForeignKey(Organisation.id, ondelete="RESTRICT"), index=True
    )
    member_id: Mapped[UUID | None] = subject(
        Member.id, role="author", ondelete="SET NULL", index=True
    )
    kind: Mapped[str] = neutral(index=True)
    title: Mapped[str] = personal("free_text", audience="public", purpose=DIRECTORY)
    summary: Mapped[str] = personal("free_text", audience="public", purpose=DIRECTORY)
    territory: Mapped[list[str]] = neutral(default=list)
    schedule: Mapped[dict[str, Any] | None] = neutral()
    seats: Mapped[int | None] = neutral()
    seats_taken: Mapped[int] = neutral(default=0)
    payload: Mapped[dict[str, Any]] = personal("free_text", audience="public", purpose=DIRECTORY)
    details: Mapped[dict[str, Any] | None] = personal(
        "free_text", audience="parties", purpose="the help itself"
    )
    publication: Mapped[str] = neutral(default=Publication.DRAFT, index=True)
    state: Mapped[str] = neutral(default="")
    verify_by: Mapped[date] = neutral(index=True)
    verified_on: Mapped[date | None] = neutral()
    decision: Mapped[str] = neutral(default="")
    reason: Mapped[str] = neutral(default="")
    reminded_at: Mapped[datetime | None] = neutral()
    revision: Mapped[int] = neutral(default=1)
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")


class Transition(Model):
    """One step that an offer took: who, when, from where to where."""

    __tablename__ = "directory_transition"

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    offer_id: Mapped[UUID] = neutral(ForeignKey(Offer.id, ondelete="CASCADE"), index=True)
    member_id: Mapped[UUID | None] = subject(Member.id, role="actor", ondelete="SET NULL")
    step: Mapped[str] = neutral()
    source: Mapped[str] = neutral()
    target: Mapped[str] = neutral()
    happened_at: Mapped[datetime] = neutral()
