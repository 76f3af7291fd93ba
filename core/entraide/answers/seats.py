"""Who has a seat and who stands in line: held under the lock of the offer, on every database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from entraide import clock, policy
from entraide.answers.mails import tell_answerer
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.answers.rules import answered_kinds, has_days
from entraide.answers.steps import take_step
from entraide.clock import PARIS
from entraide.directory.models import Offer, Publication
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
    return max(0, offer.seats - taken_on(_seated(session, offer), occurrence))


def taken_on(seated: Mapping[str, int], occurrence: str) -> int:
    """Return how many of the seats by day are taken on one; on the fullest day for all of a series.

    Who answered a whole series comes each day, whatever the kind asks for since then.
    """
    today = clock.today().isoformat()
    single = [seats for day, seats in seated.items() if day >= today]
    days = seated.get(occurrence, 0) if occurrence else max(single, default=0)
    return seated.get("", 0) + days


def has_room(session: Session, offer: Offer, answer: OfferAnswer) -> bool:
    """Return whether there are as many free seats as an answer takes."""
    left = seats_left(session, offer, answer.occurrence)
    return left is None or left >= answer.seats


def offer_freed_seats(session: Session, offer: Offer) -> None:
    """Keep what is free for those in line whom it suffices, in their order; then count again.

    Who needs more seats than are left, or may not answer any more, blocks nobody and keeps their
    place.
    """
    seated = _seated(session, offer)
    for answer in _line(session, offer):
        taken = taken_on(seated, answer.occurrence) + answer.seats
        is_full = offer.seats is not None and taken > offer.seats
        member = session.get_one(Member, answer.member_id)
        if is_full or not policy.allowed(member, "answers.give", offer):
            continue
        seated[answer.occurrence] = seated.get(answer.occurrence, 0) + answer.seats
        answer.offered_until = min(hold_until(clock.now(), answer.starts_at), _end_of(offer))
        step = take_step(session, answer=answer, step="hold", actor=None)
        tell_answerer(session, answer, step)
    recount(session, offer)


def recount(session: Session, offer: Offer) -> None:
    """Let lists and peers see how many seats are left, where one number says it."""
    left = None if has_days(offer) else seats_left(session, offer, "")
    taken = 0 if offer.seats is None or left is None else offer.seats - left
    count_seats(session, offer=offer, taken=taken)


def ranks(session: Session, answers: Sequence[OfferAnswer]) -> dict[UUID, int]:
    """Return by id the place in their line, from 1, of those among some answers that wait."""
    offers = {answer.offer_id for answer in answers if answer.state == OfferAnswerState.WAITING}
    line = OfferAnswer.offer_id, OfferAnswer.occurrence
    place = func.row_number().over(partition_by=line, order_by=OfferAnswer.number)
    waiting = select(OfferAnswer.id, place).where(
        OfferAnswer.offer_id.in_(offers), OfferAnswer.state == OfferAnswerState.WAITING
    )
    return {row[0]: row[1] for row in session.execute(waiting)} if offers else {}


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


def offers_with_room(session: Session) -> list[UUID]:
    """Return the offers with free seats that suffice somebody in line.

    Whatever freed them (a kind that was off, an account that is erased, more seats than before),
    they are found here.
    """
    line = select(OfferAnswer.offer_id).where(OfferAnswer.state == OfferAnswerState.WAITING)
    is_seated = OfferAnswer.state.in_(OfferAnswerState.SEATED)
    counts = (
        select(
            Offer.id,
            Offer.seats,
            OfferAnswer.occurrence,
            func.sum(case((is_seated, OfferAnswer.seats), else_=0)),
            func.min(case((and_(*_may_be_seated()), OfferAnswer.seats))),
        )
        .join(Offer, Offer.id == OfferAnswer.offer_id)
        .join(Member, Member.id == OfferAnswer.member_id)
        .where(
            Offer.id.in_(line),
            Offer.publication == Publication.PUBLIC,
            Offer.verify_by >= clock.today(),
            Offer.kind.in_(answered_kinds()),
        )
        .group_by(Offer.id, Offer.seats, OfferAnswer.occurrence)
    )
    days: dict[UUID, list[Any]] = {}
    for row in session.execute(counts):
        days.setdefault(row[0], []).append(row)
    return sorted(offer_id for offer_id, rows in days.items() if _suffices(rows))


def _suffices(days: Sequence[Any]) -> bool:
    """Return whether somebody in line fits; a row is (offer, its seats, day, taken, least asked)."""
    seated = {row[2]: int(row[3]) for row in days}
    return any(
        least is not None and (seats is None or taken_on(seated, day) + least <= seats)
        for _offer, seats, day, _taken, least in days
    )


def _seated(session: Session, offer: Offer) -> dict[str, int]:
    """Return by day how many seats somebody has, or is offered."""
    seated = select(OfferAnswer.occurrence, func.sum(OfferAnswer.seats)).where(
        OfferAnswer.offer_id == offer.id, OfferAnswer.state.in_(OfferAnswerState.SEATED)
    )
    rows = session.execute(seated.group_by(OfferAnswer.occurrence))
    return {day: int(seats) for day, seats in rows}


def _may_be_seated() -> tuple[ColumnElement[bool], ...]:
    """Return what holds of an answer in line; of nobody who could not log in to answer."""
    return (
        OfferAnswer.state == OfferAnswerState.WAITING,
        Member.suspended_at.is_(None),
        OfferAnswer.starts_at.is_(None) | (OfferAnswer.starts_at > clock.now()),
    )


def _line(session: Session, offer: Offer) -> list[OfferAnswer]:
    """Return who waits, the first one first."""
    waiting = (
        select(OfferAnswer)
        .join(Member, Member.id == OfferAnswer.member_id)
        .where(OfferAnswer.offer_id == offer.id, *_may_be_seated())
    )
    return list(session.scalars(waiting.order_by(OfferAnswer.number)))


def _end_of(offer: Offer) -> datetime:
    """Return the end of an offer's last day."""
    return datetime.combine(offer.verify_by + timedelta(days=1), time(0), PARIS)
