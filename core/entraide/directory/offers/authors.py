"""Who wrote a proposal, for whoever decides about it: the staff only, and no address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide.directory.models import Offer, OrganisationMember, Publication
from entraide.i18n import Text, catalogue
from entraide.members.models import Member

_ = catalogue("entraide")

ROLES: dict[str, Text] = {
    "parent": _("parent"),
    "volunteer": _("volunteer"),
    "coordinator": _("coordinator"),
    "moderator": _("moderator"),
    "administrator": _("administrator"),
}
GONE = _("A member who is no longer here")

Counts = tuple[int, int, int]
"""How many offers somebody made: all, those public now, those that the team took down."""


@dataclass(frozen=True)
class Author:
    """Name, beginning of the account, roles in words, and what became of their offers so far.

    `offers` counts all of them, `public` those online now, `removed` those that the team took
    down. `member_id` is None when the account is gone.
    """

    member_id: UUID | None
    name: str
    joined_at: datetime | None = None
    roles: tuple[str, ...] = ()
    offers: int = 0
    public: int = 0
    removed: int = 0
    is_suspended: bool = False


def authors_of(session: Session, offers: Sequence[Offer]) -> dict[UUID | None, Author]:
    """Return the authors of some offers by member id; each of those who left is only called so."""
    member_ids = {offer.member_id for offer in offers if offer.member_id}
    gone = Author(None, str(GONE))
    authors: dict[UUID | None, Author] = dict.fromkeys({None, *member_ids}, gone)
    if not member_ids:
        return authors
    coordinators = _coordinators(session, member_ids)
    counts = _counts(session, member_ids)
    for member in session.scalars(select(Member).where(Member.id.in_(member_ids))):
        roles = member.roles | ({"coordinator"} if member.id in coordinators else set())
        authors[member.id] = _author(member, roles, counts.get(member.id, (0, 0, 0)))
    return authors


def _author(member: Member, roles: Collection[str], counts: Counts) -> Author:
    offers, public, removed = counts
    return Author(
        member.id,
        member.shown_name,
        member.created_at,
        tuple(str(words) for name, words in ROLES.items() if name in roles),
        offers,
        public,
        removed,
        member.suspended_at is not None,
    )


def _coordinators(session: Session, member_ids: set[UUID]) -> set[UUID]:
    """Return which of these members coordinate an organisation."""
    coordinators = select(OrganisationMember.member_id).where(
        OrganisationMember.member_id.in_(member_ids), OrganisationMember.role == "coordinator"
    )
    return set(session.scalars(coordinators))


def _counts(session: Session, member_ids: set[UUID]) -> dict[UUID, Counts]:
    rows = session.execute(
        select(
            Offer.member_id,
            func.count(),
            func.count().filter(Offer.publication == Publication.PUBLIC),
            func.count().filter(Offer.decision == "removed"),
        )
        .where(Offer.member_id.in_(member_ids))
        .group_by(Offer.member_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows if row[0]}
