"""What coordinators look after: proposals that wait, and the offers of their organisations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from entraide import clock, database, policy, runtime
from entraide.directory.coordinators import coordinated
from entraide.directory.models import Offer, OrganisationMember, Publication
from entraide.directory.moderation import dial_of
from entraide.directory.offers import service
from entraide.directory.offers.mails import remind, tell_declined
from entraide.errors import Refused
from entraide.event_types import OfferDeclined
from entraide.i18n import catalogue
from entraide.members.accounts import STAFF
from entraide.members.models import Member, MemberRole
from entraide.outbox import record
from entraide.policy import Actor

_ = catalogue("entraide")

MOST = 200
"""Offers on one page of management; the most urgent ones come first."""
MOST_EXPORTED = 10_000
CONFIRMED_FOR = timedelta(days=90)
REMINDED_AFTER = timedelta(days=2)
"""How long a proposal waits before those who may decide are reminded."""
LAST_DAY_NEAR = timedelta(days=2)
REMINDED_AT_ONCE = 100


@dataclass(frozen=True)
class Charge:
    """What somebody looks after: organisations (None: every one), and their own offers.

    `is_moderator`: every proposal is theirs to judge, also those of other organisations.
    """

    member_id: UUID
    organisations: frozenset[UUID] | None
    is_moderator: bool = False

    @property
    def coordinates(self) -> bool:
        """Return whether offers of organisations are theirs to look after."""
        return self.organisations is None or bool(self.organisations)

    @property
    def reviews(self) -> bool:
        """Return whether proposals of others are theirs to judge."""
        return self.coordinates or self.is_moderator

    @property
    def moderates(self) -> bool:
        """Return whether they may act on the account of whoever wrote an offer."""
        return self.organisations is None or self.is_moderator

    def proposed(self) -> ColumnElement[bool]:
        """Return which proposals are theirs to judge, by the same rule as `directory.publish`."""
        if self.organisations is None:
            return true()
        is_other = or_(Offer.member_id.is_(None), Offer.member_id != self.member_id)
        read_always = [name for name in runtime.current().kinds if dial_of(name) == "always"]
        of_organisations = self.condition() & or_(is_other, Offer.kind.not_in(read_always))
        of_members = is_other if self.is_moderator else Offer.organisation_id.is_(None) & is_other
        return or_(of_organisations, of_members if self.reviews else false())

    def condition(self) -> ColumnElement[bool]:
        """Return which offers belong to the organisations."""
        if self.organisations is None:
            return true()
        # Without the first half "not theirs" would be unknown for offers of no organisation.
        return Offer.organisation_id.is_not(None) & Offer.organisation_id.in_(self.organisations)


def charge_of(session: Session, actor: Actor) -> Charge:
    """Return what `actor` looks after."""
    if "administrator" in actor.roles:
        return Charge(actor.id, None)
    organisations = frozenset(coordinated(session, actor.id))
    return Charge(actor.id, organisations, "moderator" in actor.roles)


def reviews_anything(session: Session, actor: Actor) -> bool:
    """Return whether `actor` looks after anything but their own offers."""
    return charge_of(session, actor).reviews


def proposals(session: Session, charge: Charge) -> Sequence[Offer]:
    """Return the offers that wait for a decision of theirs, the oldest first.

    One whose last day has passed can only end: the job that tells its author comes every minute.
    """
    waiting = select(Offer).where(
        Offer.publication == Publication.PENDING,
        Offer.verify_by >= clock.today(),
        charge.proposed(),
    )
    return session.scalars(waiting.order_by(Offer.created_at, Offer.id).limit(MOST)).all()


def managed_offers(session: Session, charge: Charge) -> Sequence[Offer]:
    """Return the public offers that they look after, and their own proposals that wait.

    Those that have to be confirmed soonest come first.
    """
    is_own = Offer.member_id == charge.member_id
    is_public = (Offer.publication == Publication.PUBLIC) & or_(charge.condition(), is_own)
    is_waiting = (Offer.publication == Publication.PENDING) & is_own & ~charge.proposed()
    offers = select(Offer).where(or_(is_public, is_waiting))
    return session.scalars(offers.order_by(Offer.verify_by, Offer.id).limit(MOST)).all()


def offers_to_export(session: Session, charge: Charge, *, kind: str) -> Sequence[Offer]:
    """Return every offer of one kind that they look after, the oldest first."""
    offers = select(Offer).where(Offer.kind == kind, charge.condition())
    return session.scalars(offers.order_by(Offer.created_at, Offer.id).limit(MOST_EXPORTED)).all()


def remind_reviewers() -> int:
    """Remind those who may decide of each proposal that has waited; return how many there were.

    Once for each: after two days, or when its last day is near.
    """
    with database.writing() as session:
        due = _take_due(session)
        for offer in due:
            offer.reminded_at = clock.now()
            for member in _reviewers(session, offer):
                remind(session, offer=offer, member=member)
    return len(due)


def _take_due(session: Session) -> Sequence[Offer]:
    """Lock the proposals to remind of; those that another process holds are left to it."""
    today, since = clock.today(), clock.now() - REMINDED_AFTER
    due = select(Offer).where(
        Offer.publication == Publication.PENDING,
        Offer.verify_by >= today,
        Offer.reminded_at.is_(None),
        or_(Offer.created_at <= since, Offer.verify_by <= today + LAST_DAY_NEAR),
    )
    first = due.order_by(Offer.id).limit(REMINDED_AT_ONCE)
    return session.scalars(first.with_for_update(skip_locked=True, of=Offer)).all()


def _reviewers(session: Session, offer: Offer) -> list[Member]:
    """Return who decides about a proposal: its coordinators, without any the staff."""
    coordinators = select(OrganisationMember.member_id).where(
        OrganisationMember.organisation_id == offer.organisation_id,
        OrganisationMember.role == "coordinator",
    )
    staff = select(MemberRole.member_id).where(MemberRole.role.in_(STAFF))
    for group in (coordinators, staff):
        members = select(Member).where(
            Member.id.in_(group), Member.suspended_at.is_(None), Member.id != offer.member_id
        )
        if reviewers := list(session.scalars(members.order_by(Member.id))):
            return reviewers
    return []


def decline_offer(session: Session, *, offer: Offer, actor: Actor) -> None:
    """Say no to a proposal and tell its author; Refused when it does not wait any more."""
    policy.require(actor, "directory.review", offer)
    service.lock_offer(session, offer)
    if offer.publication != Publication.PENDING:
        raise Refused(_("This offer waits for no decision any more. Please reload the page."))
    service.withdraw_offer(session, offer=offer, actor=actor, decision="declined")
    record(session, OfferDeclined(offer.id))
    tell_declined(session, offer=offer, actor=actor)


def confirm_again(session: Session, *, offer: Offer, actor: Actor) -> None:
    """Note that a public offer is still true, for 90 days; Refused for any other."""
    policy.require(actor, "directory.confirm", offer)
    service.lock_offer(session, offer)
    if offer.publication != Publication.PUBLIC:
        raise Refused(_("Only a public offer can be confirmed. Please reload the page."))
    service.confirm_offer(
        session, offer=offer, actor=actor, verify_by=clock.today() + CONFIRMED_FOR
    )
