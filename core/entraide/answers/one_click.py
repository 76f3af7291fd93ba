"""The link of a mail that takes a kept seat, or lets it go, without logging in."""

from __future__ import annotations

from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from entraide import clock
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.answers.rules import is_public
from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.runtime import Slot

_ = catalogue("entraide")

KEY: Slot[bytes] = Slot("key of links in mails about answers")


def path_of(answer: OfferAnswer) -> str:
    """Return the path of the page that asks whether they take the seat that is kept for them.

    It is good for this one hold: what was answered, or has run out, leads no further.
    """
    return f"/answers/seat/{_serializer().dumps([answer.id.hex, *_hold(answer)])}"


def find_held(session: Session, signed: str) -> OfferAnswer:
    """Return the answer of a link whose seat is still kept; NotFound for any other."""
    try:
        name, *hold = _serializer().loads(signed)
        answer = session.get(OfferAnswer, UUID(name))
    except (BadSignature, TypeError, ValueError):
        answer = None
    if answer is None or not is_held(answer) or _hold(answer) != hold:
        raise NotFound(
            _("This place is not kept for you any more. Log in to see where your answer stands.")
        )
    return answer


def is_held(answer: OfferAnswer) -> bool:
    """Return whether a seat is kept for somebody now: the job that ends holds may be late."""
    until = answer.offered_until
    if answer.state != OfferAnswerState.OFFERED or until is None:
        return False
    return clock.now() < until and is_public(answer.offer)


def _hold(answer: OfferAnswer) -> list[int]:
    """Return what tells one hold from another: two may end at the same hour in the morning."""
    until = answer.offered_until
    return [answer.number, int(until.timestamp()) if until else 0]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(KEY.get(), salt="seat")
