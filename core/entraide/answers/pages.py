"""What the pages of answers show, and to whom: no address before both sides said yes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, i18n
from entraide.answers.mails import offer_path
from entraide.answers.models import AnswerStep, OfferAnswer, OfferAnswerState
from entraide.answers.one_click import is_held
from entraide.answers.rules import declared, has_days, is_open
from entraide.answers.seats import rank, seats_left
from entraide.answers.words import OWN, PEOPLE, STATES
from entraide.directory.models import Offer
from entraide.directory.offers.authors import GONE
from entraide.directory.pages import cards
from entraide.directory.payloads.values import value_in_words
from entraide.members.models import Member

State = OfferAnswerState


def offer_in_words(session: Session, offer: Offer) -> dict[str, Any]:
    """Return what the pages of answers show of an offer; `seats_left` None: not counted."""
    is_example, title = cards.without_example(offer.title)
    return {
        "title": title,
        "is_example": is_example,
        "url": f"/offers/{offer.id}",
        "answer_url": offer_path(offer.id),
        "schedule": cards.schedule_in_words(offer.schedule),
        "seats_left": None if has_days(offer) else seats_left(session, offer, ""),
        "takes_answers": is_open(offer),
    }


def own_answer(session: Session, answer: OfferAnswer) -> dict[str, Any]:
    """Return what whoever answered reads of their answer."""
    is_agreed = answer.state == State.AGREED
    words = str(OWN[answer.state]) % _values(session, answer)
    return _common(answer) | {
        "offer": offer_in_words(session, answer.offer),
        "next_step": words,
        "can_accept": is_held(answer),
        "can_withdraw": answer.state in (State.SENT, State.WAITING),
        "can_cancel": is_agreed and not _has_begun(answer),
        "can_answer_again": answer.state not in State.STANDING and is_open(answer.offer),
        "contact": _who_agreed(session, answer) if is_agreed else None,
    }


def person(session: Session, answer: OfferAnswer) -> dict[str, Any]:
    """Return what whoever offers reads of an answer; of one that stands no more only its end."""
    member = session.get(Member, answer.member_id)
    is_standing = answer.state in State.STANDING
    is_agreed = answer.state == State.AGREED
    return _common(answer) | {
        "name": member.shown_name if member else str(GONE),
        "email": member.email if member and is_agreed and _by_agreement(answer.offer) else "",
        "next_step": str(PEOPLE[answer.state]) % _values(session, answer),
        "message": answer.message if is_standing else "",
        "details": _details(answer) if is_standing else [],
        "can_agree": answer.state == State.SENT,
        "can_decline": answer.state in State.UNDECIDED,
        "can_remove": is_agreed and not _has_begun(answer),
    }


def day_of(answer: OfferAnswer) -> str:
    """Return when what was answered begins, in words; empty for what has no date."""
    return i18n.datetime_in(answer.starts_at) if answer.starts_at else ""


def _common(answer: OfferAnswer) -> dict[str, Any]:
    label, look = STATES[answer.state]
    return {
        "url": f"/answers/{answer.id}",
        "state": answer.state,
        "state_label": label,
        "state_look": look,
        "day": day_of(answer),
        "seats": answer.seats,
        "at": answer.answered_at,
    }


def _values(session: Session, answer: OfferAnswer) -> dict[str, Any]:
    until = answer.offered_until
    return {
        "rank": rank(session, answer) if answer.state == State.WAITING else "",
        "until": i18n.datetime_in(until) if until else "",
    }


def _has_begun(answer: OfferAnswer) -> bool:
    return answer.starts_at is not None and answer.starts_at <= clock.now()


def _details(answer: OfferAnswer) -> list[tuple[str, str]]:
    kind = declared(answer.offer)
    if kind is None or kind.schema is None or not answer.details:
        return []
    return [
        (str(field.metadata["label"]), value_in_words(field, answer.details[name]))
        for name, field in kind.schema().fields.items()
        if answer.details.get(name) not in (None, "", [])
    ]


def _by_agreement(offer: Offer) -> bool:
    kind = declared(offer)
    return kind is not None and kind.admission == "agreement"


def _who_agreed(session: Session, answer: OfferAnswer) -> dict[str, str] | None:
    """Return name and address of whoever said yes; None where a seat was simply taken."""
    if not _by_agreement(answer.offer):
        return None
    said_yes = select(AnswerStep.member_id).where(
        AnswerStep.answer_id == answer.id, AnswerStep.step == "agree"
    )
    member_id: UUID | None = session.scalars(
        said_yes.order_by(AnswerStep.happened_at.desc(), AnswerStep.id.desc()).limit(1)
    ).one_or_none()
    member = session.get(Member, member_id) if member_id else None
    return {"name": member.shown_name, "email": member.email} if member else None
