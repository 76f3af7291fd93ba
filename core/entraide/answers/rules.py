"""Who may answer an offer, and who decides about the answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from entraide import clock, runtime
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.database import session
from entraide.directory.coordinators import is_coordinator
from entraide.directory.models import Offer, OrganisationMember, Publication
from entraide.kind_answers import Answers
from entraide.kinds import Rule
from entraide.members.accounts import STAFF
from entraide.members.models import Member
from entraide.policy import Actor
from entraide.schedules.occurrences import coming, is_series


def declared(offer: Offer) -> Answers | None:
    """Return how an offer is answered; None when it is not, or its kind is not here."""
    kind = runtime.current().kinds.get(offer.kind)
    return kind.answers if kind else None


def answered_kinds() -> list[str]:
    """Return the kinds of this site whose offers people answer."""
    return [name for name, kind in runtime.current().kinds.items() if kind.answers]


def is_open(offer: Offer) -> bool:
    """Return whether an offer takes answers: public, not over, of a kind that is answered."""
    return is_public(offer) and declared(offer) is not None


def is_public(offer: Offer) -> bool:
    """Return whether an offer stands in the lists and its last day has not passed."""
    return offer.publication == Publication.PUBLIC and offer.verify_by >= clock.today()


def takes_answers(offer: Offer) -> bool:
    """Return whether somebody can answer now: the offer is open, and has not begun on its one day."""
    schedule = offer.schedule
    is_dated = bool(schedule) and not (schedule or {}).get("rrule")
    return is_open(offer) and not (is_dated and not coming(schedule, clock.now()))


def has_begun(answer: OfferAnswer) -> bool:
    """Return whether what was answered has begun: who came, came."""
    return answer.starts_at is not None and answer.starts_at <= clock.now()


def took_place(answer: OfferAnswer) -> bool:
    """Return whether they took part: it was agreed and has begun."""
    return answer.state == OfferAnswerState.AGREED and has_begun(answer)


def has_days(offer: Offer) -> bool:
    """Return whether people answer for single days of the offer, each with all its seats."""
    kind = declared(offer)
    return kind is not None and kind.occurrences == "each" and is_series(offer.schedule)


def is_offerer(actor: Actor, subject: Any) -> bool:
    """Return whether the actor coordinates for the offer (that an answer is to), or wrote it.

    An offer of an organisation is its own, whoever of its people wrote it: who does not coordinate
    it any more learns nothing of who comes.
    """
    offer = subject.offer if isinstance(subject, OfferAnswer) else subject
    if not isinstance(offer, Offer) or is_answerer(actor, subject):
        return False
    if offer.organisation_id is None:
        return offer.member_id == actor.id
    return is_coordinator(actor, offer.organisation_id)


def is_answerer(actor: Actor, subject: Any) -> bool:
    """Return whether the actor gave the answer."""
    return isinstance(subject, OfferAnswer) and subject.member_id == actor.id


def may_answer(actor: Actor, subject: Any) -> bool:
    """Return whether the offer takes answers, and somebody else's."""
    if not isinstance(subject, Offer) or subject.member_id == actor.id:
        return False
    return is_open(subject) and not is_offerer(actor, subject)


def has_nobody(actor: Actor, subject: Any) -> bool:
    """Return whether nobody offers it any more, so that the team decides (asked for the staff).

    Nobody decides about their own answer.
    """
    if is_answerer(actor, subject):
        return False
    offer = subject.offer if isinstance(subject, OfferAnswer) else subject
    return isinstance(offer, Offer) and session().scalar(offerer_ids(offer).limit(1)) is None


def offerer_ids(offer: Offer) -> Select[UUID]:
    """Return the query for who offers it and can log in: the author, or an organisation's people."""
    if offer.organisation_id is None:
        offering = Member.id == offer.member_id
    else:
        coordinators = select(OrganisationMember.member_id).where(
            OrganisationMember.organisation_id == offer.organisation_id,
            OrganisationMember.role == "coordinator",
        )
        offering = Member.id.in_(coordinators)
    return select(Member.id).where(offering, Member.suspended_at.is_(None))


RULES = (
    Rule("answers.mine"),
    Rule("answers.give", relation=may_answer),
    Rule("answers.withdraw", relation=is_answerer),
    Rule("answers.decide", relation=is_offerer),
    *(Rule("answers.decide", role, has_nobody) for role in sorted(STAFF)),
)
