"""Who may answer an offer, and who decides about the answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from entraide import clock, runtime
from entraide.answers.models import OfferAnswer
from entraide.database import session
from entraide.directory.coordinators import is_coordinator
from entraide.directory.models import Offer, OrganisationMember, Publication
from entraide.kind_answers import Answers
from entraide.kinds import Rule
from entraide.members.accounts import STAFF
from entraide.policy import Actor
from entraide.schedules.occurrences import is_series


def declared(offer: Offer) -> Answers | None:
    """Return how an offer is answered; None when it is not, or its kind is not here."""
    kind = runtime.current().kinds.get(offer.kind)
    return kind.answers if kind else None


def is_open(offer: Offer) -> bool:
    """Return whether an offer takes answers: public, not over, of a kind that is answered."""
    is_public = offer.publication == Publication.PUBLIC and offer.verify_by >= clock.today()
    return is_public and declared(offer) is not None


def has_days(offer: Offer) -> bool:
    """Return whether people answer for single days of the offer, each with all its seats."""
    kind = declared(offer)
    return kind is not None and kind.occurrences == "each" and is_series(offer.schedule)


def is_offerer(actor: Actor, subject: Any) -> bool:
    """Return whether the actor wrote the offer (that an answer is to), or coordinates for it."""
    offer = subject.offer if isinstance(subject, OfferAnswer) else subject
    if not isinstance(offer, Offer):
        return False
    return offer.member_id == actor.id or is_coordinator(actor, offer.organisation_id)


def is_answerer(actor: Actor, subject: Any) -> bool:
    """Return whether the actor gave the answer."""
    return isinstance(subject, OfferAnswer) and subject.member_id == actor.id


def may_answer(actor: Actor, subject: Any) -> bool:
    """Return whether the offer takes answers, and somebody else's."""
    return isinstance(subject, Offer) and is_open(subject) and not is_offerer(actor, subject)


def has_nobody(_actor: Actor, subject: Any) -> bool:
    """Return whether nobody offers it any more, so that the team decides (asked for the staff)."""
    offer = subject.offer if isinstance(subject, OfferAnswer) else subject
    if not isinstance(offer, Offer) or offer.member_id is not None:
        return False
    coordinators = select(OrganisationMember.member_id).where(
        OrganisationMember.organisation_id == offer.organisation_id,
        OrganisationMember.role == "coordinator",
    )
    return session().scalar(coordinators.limit(1)) is None


RULES = (
    Rule("answers.mine"),
    Rule("answers.give", relation=may_answer),
    Rule("answers.withdraw", relation=is_answerer),
    Rule("answers.decide", relation=is_offerer),
    *(Rule("answers.decide", role, has_nobody) for role in sorted(STAFF)),
)
