"""What the pages of answers show, and to whom: no address before both sides said yes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import i18n
from entraide.answers.mails import offer_path
from entraide.answers.models import AnswerStep, OfferAnswer, OfferAnswerState
from entraide.answers.one_click import is_held
from entraide.answers.rules import declared, has_begun, has_days, is_public, takes_answers
from entraide.answers.seats import ranks, seats_left
from entraide.answers.words import OWN, PAST, PEOPLE, STATES
from entraide.directory.models import Offer
from entraide.directory.offers.authors import GONE
from entraide.directory.pages import cards
from entraide.directory.payloads.values import fits, value_in_words
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
        "takes_answers": takes_answers(offer),
    }


def own_answers(session: Session, answers: Sequence[OfferAnswer]) -> list[dict[str, Any]]:
    """Return what whoever gave some answers reads of each."""
    known = _known_of(session, answers)
    return [_own_answer(answer, known) for answer in answers]


def people(session: Session, answers: Sequence[OfferAnswer]) -> list[dict[str, Any]]:
    """Return what whoever offers reads of each answer; of one that is over only its end."""
    known = _known_of(session, answers)
    return [_person(answer, known) for answer in answers]


@dataclass(frozen=True)
class _Known:
    """What stands around some answers: people by id; by the answer's id its rank, who said yes."""

    members: Mapping[UUID, Member]
    ranks: Mapping[UUID, int]
    yes: Mapping[UUID, UUID]


def _known_of(session: Session, answers: Sequence[OfferAnswer]) -> _Known:
    """Ask the database once for all answers of a page."""
    yes = _said_yes(session, answers)
    ids = {answer.member_id for answer in answers} | set(yes.values())
    members = session.scalars(select(Member).where(Member.id.in_(ids)))
    return _Known({member.id: member for member in members}, ranks(session, answers), yes)


def _said_yes(session: Session, answers: Sequence[OfferAnswer]) -> dict[UUID, UUID]:
    """Return by answer who said yes to it since it was given last.

    What happened counts, not what the kind asks for today: whoever simply took a seat was promised
    that their address stays hidden. A yes without a free seat has put them in line.
    """
    agreed = [answer.id for answer in answers if answer.state == State.AGREED]
    steps = (
        select(AnswerStep.answer_id, AnswerStep.member_id)
        .join(OfferAnswer, OfferAnswer.id == AnswerStep.answer_id)
        .where(
            AnswerStep.answer_id.in_(agreed),
            AnswerStep.source == State.SENT,
            AnswerStep.step.in_(("agree", "queue")),
            AnswerStep.happened_at >= OfferAnswer.answered_at,
        )
    )
    return {row[0]: row[1] for row in session.execute(steps) if row[1]}


def _own_answer(answer: OfferAnswer, known: _Known) -> dict[str, Any]:
    is_agreed = answer.state == State.AGREED
    is_past = is_agreed and has_begun(answer)
    is_example, title = cards.without_example(answer.offer.title)
    return _common(answer) | {
        "offer": {
            "title": title,
            "is_example": is_example,
            "url": f"/offers/{answer.offer_id}",
            "answer_url": offer_path(answer.offer_id),
        },
        "next_step": str(PAST if is_past else OWN[answer.state]) % _values(answer, known),
        "can_accept": is_held(answer),
        "can_withdraw": answer.state in (State.SENT, State.WAITING),
        "can_cancel": is_agreed and not is_past,
        "can_answer_again": answer.state not in State.STANDING and takes_answers(answer.offer),
        "contact": _contact(known.members.get(known.yes[answer.id]))
        if answer.id in known.yes
        else None,
    }


def _person(answer: OfferAnswer, known: _Known) -> dict[str, Any]:
    member = known.members.get(answer.member_id)
    is_standing = answer.state in State.STANDING
    can_agree = answer.state == State.SENT and is_public(answer.offer)
    return _common(answer) | {
        "name": member.shown_name if member else str(GONE),
        "email": member.email if member and answer.id in known.yes else "",
        "next_step": str(PEOPLE[answer.state]) % _values(answer, known),
        "message": answer.message if is_standing else "",
        "details": _details(answer) if is_standing else [],
        "can_agree": can_agree and not has_begun(answer),
        "can_decline": answer.state in State.UNDECIDED,
        "can_remove": answer.state == State.AGREED and not has_begun(answer),
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


def _values(answer: OfferAnswer, known: _Known) -> dict[str, Any]:
    until = answer.offered_until
    return {
        "rank": known.ranks.get(answer.id, ""),
        "until": i18n.datetime_in(until) if until else "",
    }


def _details(answer: OfferAnswer) -> list[tuple[str, str]]:
    kind = declared(answer.offer)
    if kind is None or kind.schema is None or not answer.details:
        return []
    return [
        (str(field.metadata["label"]), value_in_words(field, answer.details[name]))
        for name, field in kind.schema().fields.items()
        if answer.details.get(name) not in (None, "", []) and fits(field, answer.details[name])
    ]


def _contact(member: Member | None) -> dict[str, str] | None:
    """Return name and address of whoever said yes, unless their account is stopped."""
    if member is None or member.suspended_at is not None:
        return None
    return {"name": member.shown_name, "email": member.email}
