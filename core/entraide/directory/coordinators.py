"""Who coordinates which organisations, as every room that asks finds it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from entraide import database
from entraide.database.sessions import current_session
from entraide.directory.models import Organisation, OrganisationMember, Publication
from entraide.policy import Actor


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
    """Return whether a member coordinates any public organisation of this site.

    A list asks once per row, a page for its menu too, maybe before it has a session: within one
    session the answer does not change.
    """
    current = current_session()
    if current is None:
        with database.reading() as current:
            return bool(public_organisations(current, member_id=actor.id))
    known: dict[UUID, bool] = current.info.setdefault("directory.coordinators", {})
    if actor.id not in known:
        known[actor.id] = bool(public_organisations(current, member_id=actor.id))
    return known[actor.id]


def public_organisations(
    session: Session, *, member_id: UUID | None, proposed: UUID | None = None
) -> list[Organisation]:
    """Return the public organisations that a member coordinates, and the one proposed, by name."""
    is_named = or_(Organisation.id.in_(coordinated_ids(member_id)), Organisation.id == proposed)
    query = select(Organisation).where(is_named, Organisation.publication == Publication.PUBLIC)
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id)))
