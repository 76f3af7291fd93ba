"""What ends answers by itself: a hold that ran out, a start, an offer that is gone, an account."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from entraide import clock, database
from entraide.answers.mails import tell_answerer, tell_offerers
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.answers.rules import is_open, took_place
from entraide.answers.seats import offer_freed_seats, offers_with_room, recount
from entraide.answers.steps import take_step
from entraide.directory.models import Offer, Publication
from entraide.directory.offers.service import lock_offer
from entraide.kinds import JobRun

State = OfferAnswerState
ENDING = {
    State.SENT: "close",
    State.WAITING: "close",
    State.OFFERED: "close",
    State.AGREED: "remove",
}
"""The step by which an answer ends with its offer, from each state in which it stands."""

OFFERS_AT_ONCE = 50


def end_overdue(run: JobRun) -> None:
    """End holds that ran out and pass the seats on; end what waits when its time has come."""
    while not run.should_stop() and _end_some() == OFFERS_AT_ONCE:
        continue
    with database.reading() as session:
        offers = offers_with_room(session)
    for offer_id in offers:
        if run.should_stop():
            return
        with database.writing() as session:
            _pass_on_freed(session, offer_id)


def end_with_offer(session: Session, offer_id: UUID) -> None:
    """End what stands of an offer that is not public any more; twice is once.

    What was agreed and has begun, or has no date, stays as it was: it took place.
    """
    offer = session.get(Offer, offer_id)
    if offer is None:
        return
    lock_offer(session, offer)
    if offer.publication == Publication.PUBLIC:
        return
    standing = select(OfferAnswer).where(
        OfferAnswer.offer_id == offer_id,
        or_(
            OfferAnswer.state.in_(State.UNDECIDED),
            (OfferAnswer.state == State.AGREED) & (OfferAnswer.starts_at > clock.now()),
        ),
    )
    for answer in session.scalars(standing.order_by(OfferAnswer.number)).all():
        _end(session, answer)
    recount(session, offer)


def end_answers_of(session: Session, member_id: UUID, actor: UUID | None) -> bool:
    """Take every standing answer of a member back; return whether there was any."""
    mine = select(OfferAnswer.id, OfferAnswer.offer_id).where(
        OfferAnswer.member_id == member_id, OfferAnswer.state.in_(State.STANDING)
    )
    # In one order, so that two who end answers at once do not wait for each other.
    rows = sorted(session.execute(mine), key=lambda row: row.offer_id)
    for row in rows:
        answer = session.get_one(OfferAnswer, row.id)
        lock_offer(session, answer.offer)
        session.refresh(answer, attribute_names=["state"])
        if answer.state not in State.STANDING or took_place(answer):
            continue
        step = "cancel" if answer.state == State.AGREED else "withdraw"
        taken = take_step(session, answer=answer, step=step, actor=actor)
        tell_offerers(session, answer.offer, taken)
        _pass_on(session, answer.offer)
    return bool(rows)


def _pass_on_freed(session: Session, offer_id: UUID) -> None:
    offer = session.get_one(Offer, offer_id)
    lock_offer(session, offer)
    _pass_on(session, offer)


def _pass_on(session: Session, offer: Offer) -> None:
    if is_open(offer):
        offer_freed_seats(session, offer)
    else:
        recount(session, offer)


def _end_some() -> int:
    now = clock.now()
    due = or_(
        (OfferAnswer.state == State.OFFERED) & (OfferAnswer.offered_until <= now),
        OfferAnswer.state.in_(State.UNDECIDED) & (OfferAnswer.starts_at <= now),
    )
    with database.reading() as session:
        query = select(OfferAnswer.offer_id).where(due).distinct().order_by(OfferAnswer.offer_id)
        offers = session.scalars(query.limit(OFFERS_AT_ONCE)).all()
    for offer_id in offers:
        with database.writing() as session:
            _end_due(session, session.get_one(Offer, offer_id))
    return len(offers)


def _end_due(session: Session, offer: Offer) -> None:
    lock_offer(session, offer)
    now = clock.now()
    undecided = select(OfferAnswer).where(
        OfferAnswer.offer_id == offer.id, OfferAnswer.state.in_(State.UNDECIDED)
    )
    for answer in session.scalars(undecided.order_by(OfferAnswer.number)).all():
        has_begun = answer.starts_at is not None and answer.starts_at <= now
        has_lapsed = answer.offered_until is not None and answer.offered_until <= now
        if not has_begun and not has_lapsed:
            continue
        step = "lapse" if has_lapsed else "close"
        taken = take_step(session, answer=answer, step=step, actor=None)
        tell_answerer(session, answer, taken)
    _pass_on(session, offer)


def _end(session: Session, answer: OfferAnswer) -> None:
    step = ENDING[OfferAnswerState(answer.state)]
    taken = take_step(session, answer=answer, step=step, actor=None)
    tell_answerer(session, answer, taken)
