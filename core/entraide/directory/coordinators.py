"""Who coordinates which organisations, as every room that asks finds it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from entraide.directory.models import Organisation, OrganisationMember, Publication


def coordinated_ids(member_id: UUID | None) -> Select[UUID]:
    """Return the query for the organisations that a member coordinates; None coordinates none."""
    return select(OrganisationMember.organisation_id).where(
        OrganisationMember.member_id == member_id, OrganisationMember.role == "coordinator"
    )


def public_organisations(
    session: Session, *, member_id: UUID | None, proposed: UUID | None = None
) -> list[Organisation]:
    """Return the public organisations that a member coordinates, and the one proposed, by name."""
    is_named = or_(Organisation.id.in_(coordinated_ids(member_id)), Organisation.id == proposed)
    query = select(Organisation).where(is_named, Organisation.publication == Publication.PUBLIC)
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id)))
