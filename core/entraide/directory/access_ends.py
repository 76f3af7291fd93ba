"""What ends in the directory with a role or an account: coordinating, offers."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from entraide.directory.models import Offer, OrganisationMember, Publication
from entraide.directory.offers import service
from entraide.members.suspending import COORDINATOR, AccessEnd


def end_access(session: Session, end: AccessEnd) -> bool:
    """End it; tell whether there was anything. An account that is reinstated gets its offers back.

    Public offers of an organisation stay: they are its own, whoever of its people wrote them,
    unless everything of the account is taken down.
    """
    if end.role:
        return end.role == COORDINATOR and _end_coordinating(session, end)
    if end.member.suspended_at is not None:
        _forget_approvals(session, end)
    offers = _offers(session, end)
    for offer in offers:
        service.lock_offer(session, offer)
        if end.is_take_down:
            service.remove_offer(session, offer=offer, by=end.actor, reason=end.reason)
        elif end.member.suspended_at is None:
            service.show_again(session, offer=offer)
        else:
            service.hide_offer(session, offer=offer)
    return bool(offers)


def _offers(session: Session, end: AccessEnd) -> list[Offer]:
    mine = select(Offer).where(Offer.member_id == end.member.id).order_by(Offer.id)
    if end.is_take_down:
        query = mine.where(Offer.publication.in_(Publication.STANDING))
    elif end.member.suspended_at is None:
        query = mine.where(Offer.publication == Publication.HIDDEN)
    else:
        is_own = (Offer.publication == Publication.PUBLIC) & Offer.organisation_id.is_(None)
        query = mine.where(is_own | Offer.publication.in_(Publication.PROPOSED))
    return list(session.scalars(query))


def _forget_approvals(session: Session, end: AccessEnd) -> None:
    """Let the team read every later offer of somebody first, as of a person nobody knows."""
    approved = (Offer.member_id == end.member.id, Offer.decision == "approved")
    session.execute(update(Offer).where(*approved).values(decision=""))


def _end_coordinating(session: Session, end: AccessEnd) -> bool:
    ended = session.execute(
        delete(OrganisationMember).where(
            OrganisationMember.member_id == end.member.id,
            OrganisationMember.role == COORDINATOR,
        )
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]
