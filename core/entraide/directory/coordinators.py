"""Who coordinates which organisations, as every room that asks finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from entraide import database
from entraide.database.sessions import current_session
from entraide.directory.models import Organisation, OrganisationMember, Publication
from entraide.policy import Actor

_COORDINATED = (
    select(OrganisationMember.organisation_id, Organisation.publication)
    .join(Organisation, Organisation.id == OrganisationMember.organisation_id)
    .where(
        OrganisationMember.member_id == bindparam("member_id"),
        OrganisationMember.role == "coordinator",
    )
)


def coordinated_ids(member_id: UUID | None) -> Select[UUID]:
    """Return the query for the organisations that a member coordinates; None coordinates none."""
    return select(OrganisationMember.organisation_id).where(
        OrganisationMember.member_id == member_id, OrganisationMember.role == "coordinator"
    )


def is_coordinator(actor: Actor, organisation_id: UUID | None) -> bool:
    """Return whether a member coordinates one organisation; nobody coordinates None."""
    if organisation_id is None:
        return False
    own = coordinated_ids(actor.id).where(OrganisationMember.organisation_id == organisation_id)
    return database.session().scalar(own) is not None


def coordinates_any(actor: Actor, _subject: Any = None) -> bool:
    """Return whether a member coordinates any public organisation of this site."""
    current = current_session()
    if current is None:
        # A menu may be made before the page has a session.
        with database.reading() as current:
            return Publication.PUBLIC in coordinated(current, actor.id).values()
    return Publication.PUBLIC in coordinated(current, actor.id).values()


def coordinated(session: Session, member_id: UUID) -> Mapping[UUID, str]:
    """Return the organisations that a member coordinates, each with its publication.

    A list asks once per row, a page for its menu too: one session asks the database once.
    """
    known: dict[UUID, Mapping[UUID, str]] = session.info.setdefault("directory.coordinated", {})
    if member_id not in known:
        rows = session.execute(_COORDINATED, {"member_id": member_id})
        known[member_id] = {row.organisation_id: row.publication for row in rows}
    return known[member_id]


def public_organisations(
    session: Session, *, member_id: UUID | None, proposed: UUID | None = None
) -> list[Organisation]:
    """Return the public organisations that a member coordinates, and the one proposed, by name."""
    is_named = or_(Organisation.id.in_(coordinated_ids(member_id)), Organisation.id == proposed)
    query = select(Organisation).where(is_named, Organisation.publication == Publication.PUBLIC)
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id)))
