"""Rules of answers to offers: given, agreed to, withdrawn, cancelled; seats have their own file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, policy
from entraide.answers.limits import check_new_answers
from entraide.answers.mails import tell_answerer, tell_offerers
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.answers.one_click import is_held
from entraide.answers.rules import (
    declared,
    has_begun,
    has_days,
    is_open,
    is_public,
    took_place,
)
from entraide.answers.seats import has_room, next_number, offer_freed_seats, recount
from entraide.answers.steps import illegal, take_step
from entraide.directory.models import Offer
from entraide.directory.offers.service import lock_offer
from entraide.errors import BadInput, NotFound, Refused
from entraide.i18n import catalogue
from entraide.kind_answers import SEATS
from entraide.policy import Actor
from entraide.schedules.occurrences import coming, is_series

_ = catalogue("entraide")

State = OfferAnswerState
MOST_SEATS = 1000
"""What one answer may take where the offer does not count its seats."""


@dataclass(frozen=True)
class AnswerInput:
    """What somebody answers: the day of a series, the fields of the kind's schema, a message."""

    occurrence: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    message: str = ""


def answer_offer(
    session: Session, *, offer: Offer, actor: Actor, given: AnswerInput
) -> OfferAnswer:
    """Answer an offer, or answer it again after a no; the result's `state` tells what came of it.

    Raises NotFound for whoever may not answer it, BadInput for a day on which it does not take
    place, Refused when it has begun, has no room, or holds an answer of theirs already,
    TooManyRequests above the daily limit.
    """
    check_new_answers(session, actor)
    lock_offer(session, offer)
    policy.require(actor, "answers.give", offer)
    starts_at = _start_of(offer, given.occurrence)
    answer = _find(session, offer, actor.id, given.occurrence)
    if answer is not None and answer.state in State.STANDING:
        raise Refused(_("You have answered already. You find your answer under “My answers”."))
    if answer is None:
        answer = OfferAnswer(offer_id=offer.id, member_id=actor.id, occurrence=given.occurrence)
        answer.offer, answer.state, answer.created_at = offer, "", clock.now()
    _write(answer, given, starts_at)
    answer.number = next_number(session, offer)
    step = _first_step(session, offer, answer)
    session.add(answer)
    taken = take_step(session, answer=answer, step=step, actor=actor.id)
    recount(session, offer)
    tell_offerers(session, offer, taken)
    return answer


def withdraw(session: Session, *, answer: OfferAnswer, actor: Actor) -> None:
    """Take an answer back, or cancel what was agreed; the seat goes to the next in line.

    IllegalTransition when the answer stands no more.
    """
    policy.require(actor, "answers.withdraw", answer)
    _lock(session, answer)
    _check_not_past(answer)
    step = "cancel" if answer.state == State.AGREED else "withdraw"
    taken = take_step(session, answer=answer, step=step, actor=actor.id)
    tell_offerers(session, answer.offer, taken)
    _free(session, answer)


def accept_seat(session: Session, *, answer: OfferAnswer, actor_id: UUID) -> None:
    """Take the seat that is kept; IllegalTransition when it is no more, or the offer is gone."""
    _lock(session, answer)
    if not is_held(answer):
        raise illegal()
    taken = take_step(session, answer=answer, step="accept", actor=actor_id)
    tell_offerers(session, answer.offer, taken)


def refuse_seat(session: Session, *, answer: OfferAnswer, actor_id: UUID) -> None:
    """Let the seat that is kept go to the next; IllegalTransition when it is kept no more."""
    _lock(session, answer)
    if not is_held(answer):
        raise illegal()
    take_step(session, answer=answer, step="withdraw", actor=actor_id)
    _free(session, answer)


def agree(session: Session, *, answer: OfferAnswer, actor: Actor) -> None:
    """Say yes to an answer; without a free seat it stands in line, or Refused where there is none.

    IllegalTransition when the answer does not wait for a yes, has begun, or the offer is gone.
    """
    policy.require(actor, "answers.decide", answer)
    _lock(session, answer)
    if answer.state != State.SENT or has_begun(answer) or not is_public(answer.offer):
        raise illegal()
    step = "agree"
    if not has_room(session, answer.offer, answer):
        if not _waiting_list(answer.offer, answer):
            raise Refused(
                _("No place is left. Say no to this answer, or cancel another one first.")
            )
        step = "queue"
    taken = take_step(session, answer=answer, step=step, actor=actor.id)
    recount(session, answer.offer)
    tell_answerer(session, answer, taken)


def decline(session: Session, *, answer: OfferAnswer, actor: Actor) -> None:
    """Say no to an answer, or take a seat back; IllegalTransition when it stands no more."""
    policy.require(actor, "answers.decide", answer)
    _lock(session, answer)
    _check_not_past(answer)
    step = "remove" if answer.state == State.AGREED else "decline"
    taken = take_step(session, answer=answer, step=step, actor=actor.id)
    tell_answerer(session, answer, taken)
    _free(session, answer)


def _check_not_past(answer: OfferAnswer) -> None:
    """Raise IllegalTransition for what took place: nobody cancels it afterwards."""
    if took_place(answer):
        raise illegal()


def find_answer(session: Session, *, answer_id: UUID) -> OfferAnswer:
    """Return an answer; NotFound when there is none."""
    answer = session.get(OfferAnswer, answer_id)
    if answer is None:
        raise NotFound
    return answer


def own_answers(session: Session, actor: Actor, offer: Offer | None = None) -> list[OfferAnswer]:
    """Return what a member has answered, the latest change first; to one offer alone."""
    mine = select(OfferAnswer).where(OfferAnswer.member_id == actor.id)
    if offer is not None:
        mine = mine.where(OfferAnswer.offer_id == offer.id)
    return list(session.scalars(mine.order_by(OfferAnswer.updated_at.desc()).limit(100)))


def has_answered(session: Session, actor: Actor) -> bool:
    """Return whether a member has ever answered an offer."""
    mine = select(OfferAnswer.id).where(OfferAnswer.member_id == actor.id)
    return session.scalar(mine.limit(1)) is not None


def answers_to(session: Session, offer: Offer) -> list[OfferAnswer]:
    """Return every answer to an offer, by day and in the order in which they came."""
    given = select(OfferAnswer).where(OfferAnswer.offer_id == offer.id)
    order = OfferAnswer.occurrence, OfferAnswer.number
    return list(session.scalars(given.order_by(*order)))


def _lock(session: Session, answer: OfferAnswer) -> None:
    """Read an answer as it is now, once nobody else changes one to the same offer."""
    lock_offer(session, answer.offer)
    session.refresh(answer, attribute_names=["state", "offered_until", "seats"])


def _find(session: Session, offer: Offer, member_id: UUID, occurrence: str) -> OfferAnswer | None:
    return session.scalars(
        select(OfferAnswer)
        .where(
            OfferAnswer.offer_id == offer.id,
            OfferAnswer.member_id == member_id,
            OfferAnswer.occurrence == occurrence,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def _start_of(offer: Offer, occurrence: str) -> datetime | None:
    """Return when what somebody answers begins; None for what has no date."""
    schedule = offer.schedule
    is_once = bool(schedule) and not is_series(schedule)
    days = coming(schedule, clock.now()) if is_once or has_days(offer) else []
    dates = {day.name: day.starts_at for day in days}
    if occurrence in dates:
        return dates[occurrence]
    if occurrence or has_days(offer):
        raise BadInput.at("occurrence", _("Please choose one of the days."))
    if is_once and schedule and not schedule.get("rrule"):
        raise Refused(_("This has begun already. Nobody can answer it any more."))
    return None


def _write(answer: OfferAnswer, given: AnswerInput, starts_at: datetime | None) -> None:
    answer.starts_at, answer.answered_at = starts_at, clock.now()
    answer.message, answer.details = given.message or None, given.details or None
    kind = declared(answer.offer)
    by_person = kind is not None and kind.counts == "person"
    answer.seats = _seats_asked(given.details.get(SEATS)) if by_person else 1


def _seats_asked(asked: object) -> int:
    """Return how many seats somebody asks for; a plugin's field may let anything through."""
    if not isinstance(asked, int) or not 1 <= asked <= MOST_SEATS:
        raise BadInput.at(
            SEATS, _("Please give a number from %(least)s to %(most)s.", least=1, most=MOST_SEATS)
        )
    return asked


def _first_step(session: Session, offer: Offer, answer: OfferAnswer) -> str:
    kind = declared(offer)
    if offer.seats and answer.seats > offer.seats:
        raise BadInput.at(SEATS, _("There are %(count)s places in all.", count=offer.seats))
    if kind is None or (kind.admission == "agreement" and offer.seats != 0):
        return "send"
    if has_room(session, offer, answer):
        return "take"
    if not _waiting_list(offer, answer):
        raise Refused(_("No place is left. Look at the other offers, or come back later."))
    return "queue"


def _waiting_list(offer: Offer, answer: OfferAnswer) -> bool:
    """Return whether an answer may stand in line: one that needs more than all seats never ends."""
    kind = declared(offer)
    is_possible = offer.seats is None or answer.seats <= offer.seats
    return kind is not None and kind.waiting_list and is_possible


def _free(session: Session, answer: OfferAnswer) -> None:
    """Pass a seat on that somebody has let go, as long as the offer takes answers."""
    if is_open(answer.offer):
        offer_freed_seats(session, answer.offer)
    else:
        recount(session, answer.offer)
