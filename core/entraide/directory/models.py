"""Tables of the directory: organisations, their members, offers, and the public listing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, relationship

from entraide.database import Model, neutral, personal, subject
from entraide.ids import new_id
from entraide.members.models import Member

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
    publication: Mapped[str] = neutral(default="public")
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

    `publication` (draft, pending, public, hidden, withdrawn, expired) alone decides visibility;
    `state` belongs to the kind's workflow. `payload` holds the kind's public fields, `details` the
    others. `decision` is the team's last word (approved, declined, removed, or none yet), `reason`
    why it was removed.
    """

    __tablename__ = "directory_offer"

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
    places: Mapped[int | None] = neutral()
    payload: Mapped[dict[str, Any]] = personal("free_text", audience="public", purpose=DIRECTORY)
    details: Mapped[dict[str, Any] | None] = personal(
        "free_text", audience="parties", purpose="the help itself"
    )
    publication: Mapped[str] = neutral(default="draft", index=True)
    state: Mapped[str] = neutral(default="")
    verify_by: Mapped[date] = neutral(index=True)
    verified_at: Mapped[date | None] = neutral()
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


class Listing(Model):
    """The seam with the federation: one row per public offer or organisation known here.

    `origin` is null for our own rows. A change takes the `position` away, and the next one is
    given soon after; in its order each machine's search index follows the listing.
    """

    __tablename__ = "directory_listing"
    __table_args__ = (
        Index("ix_directory_listing_order", "type", "updated_at"),
        Index("ix_directory_listing_origin", "origin", "type"),
    )  # fmt: skip

    uid: Mapped[str] = neutral(primary_key=True)
    type: Mapped[str] = neutral()
    origin: Mapped[str | None] = neutral()
    kind: Mapped[str | None] = neutral()
    title: Mapped[str] = neutral()
    summary: Mapped[str] = neutral(default="")
    organisation: Mapped[dict[str, Any] | None] = neutral()
    territory: Mapped[list[str]] = neutral()
    schedule: Mapped[dict[str, Any] | None] = neutral()
    places: Mapped[int | None] = neutral()
    payload: Mapped[dict[str, Any] | None] = neutral()
    lang: Mapped[str] = neutral(default="fr")
    contact_url: Mapped[str | None] = neutral()
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()
    verified_at: Mapped[date | None] = neutral()
    verify_by: Mapped[date | None] = neutral()
    position: Mapped[int | None] = neutral(index=True)


class OtherSite(Model):
    """Another site from which rows of the listing come: `name` is how it calls itself."""

    __tablename__ = "directory_other_site"

    base: Mapped[str] = neutral(primary_key=True)
    name: Mapped[str] = neutral(default="")


class ListingRemoved(Model):
    """A row that left the listing and has to leave the search index of each machine."""

    __tablename__ = "directory_listing_removed"

    uid: Mapped[str] = neutral(primary_key=True)
    removed_at: Mapped[datetime] = neutral()
    position: Mapped[int | None] = neutral(index=True)


class ListingCounter(Model):
    """One row: the last `position` that was given, and the last whose removal is `forgotten`.

    `epoch` tells one database from another, so that no index follows the wrong one.
    """

    __tablename__ = "directory_listing_counter"

    id: Mapped[int] = neutral(primary_key=True)
    epoch: Mapped[str] = neutral()
    position: Mapped[int] = neutral(default=0)
    forgotten: Mapped[int] = neutral(default=0)
