"""Who has a seat and who stands in line: held under the lock of the offer, on every database."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import clock
from entraide.answers.mails import tell_answerer
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.answers.rules import has_days
from entraide.answers.steps import take_step
from entraide.clock import PARIS
from entraide.directory.models import Offer
from entraide.directory.offers.service import count_seats
from entraide.members.models import Member

HELD_FOR, HELD_ON_THE_DAY = timedelta(hours=2), timedelta(minutes=15)
"""How long a freed seat is kept for the first in line."""

MORNING, NIGHT = time(8), time(22)
"""Between these nobody has to answer: a hold that would end in the night ends in the morning."""


def seats_left(session: Session, offer: Offer, occurrence: str) -> int | None:
    """Return how many seats nobody has or is offered, at least 0; None when they are not counted."""
    if offer.seats is None:
        return None
    seated = select(func.coalesce(func.sum(OfferAnswer.seats), 0)).where(
        OfferAnswer.offer_id == offer.id,
        OfferAnswer.occurrence == occurrence,
        OfferAnswer.state.in_(OfferAnswerState.SEATED),
    )
    return max(0, offer.seats - (session.scalar(seated) or 0))


def has_room(session: Session, offer: Offer, answer: OfferAnswer) -> bool:
    """Return whether there are as many free seats as an answer takes."""
    left = seats_left(session, offer, answer.occurrence)
    return left is None or left >= answer.seats


def offer_freed_seats(session: Session, offer: Offer, occurrence: str) -> None:
    """Keep what is free for those in line whom it suffices, in their order; then count again.

    Who needs more seats than are left blocks nobody and keeps their place.
    """
    left = seats_left(session, offer, occurrence)
    for answer in _line(session, offer, occurrence) if left != 0 else ():
        if left is not None and answer.seats > left:
            continue
        answer.offered_until = hold_until(clock.now(), answer.starts_at)
        taken = take_step(session, answer=answer, step="hold", actor=None)
        tell_answerer(session, answer, taken)
        left = None if left is None else left - answer.seats
    recount(session, offer)


def recount(session: Session, offer: Offer) -> None:
    """Let lists and peers see how many seats are left, where one number says it."""
    if offer.seats is not None and not has_days(offer):
        left = seats_left(session, offer, "") or 0
        count_seats(session, offer=offer, taken=max(0, offer.seats - left))


def rank(session: Session, answer: OfferAnswer) -> int:
    """Return the place in the line of an answer that waits, from 1."""
    before = select(func.count()).where(
        OfferAnswer.offer_id == answer.offer_id,
        OfferAnswer.occurrence == answer.occurrence,
        OfferAnswer.state == OfferAnswerState.WAITING,
        OfferAnswer.number < answer.number,
    )
    return (session.scalar(before) or 0) + 1


def next_number(session: Session, offer: Offer) -> int:
    """Return the number of the answer that comes now: one more than any before."""
    highest = select(func.max(OfferAnswer.number)).where(OfferAnswer.offer_id == offer.id)
    return (session.scalar(highest) or 0) + 1


def hold_until(now: datetime, starts_at: datetime | None) -> datetime:
    """Return until when a freed seat is kept: 2 hours, 15 minutes on the day itself.

    What would end between 22:00 and 08:00 in France ends at 08:00, but never after the start.
    """
    local = now.astimezone(PARIS)
    is_today = starts_at is not None and starts_at.astimezone(PARIS).date() == local.date()
    until = (now + (HELD_ON_THE_DAY if is_today else HELD_FOR)).astimezone(PARIS)
    if until.time() >= NIGHT:
        until = datetime.combine(until.date() + timedelta(days=1), MORNING, PARIS)
    elif until.time() < MORNING:
        until = datetime.combine(until.date(), MORNING, PARIS)
    return min(until, starts_at) if starts_at is not None else until


def _line(session: Session, offer: Offer, occurrence: str) -> list[OfferAnswer]:
    """Return who waits, the first one first; without those who could not log in to answer."""
    waiting = (
        select(OfferAnswer)
        .join(Member, Member.id == OfferAnswer.member_id)
        .where(
            OfferAnswer.offer_id == offer.id,
            OfferAnswer.occurrence == occurrence,
            OfferAnswer.state == OfferAnswerState.WAITING,
            Member.suspended_at.is_(None),
            OfferAnswer.starts_at.is_(None) | (OfferAnswer.starts_at > clock.now()),
        )
    )
    return list(session.scalars(waiting.order_by(OfferAnswer.number)))
