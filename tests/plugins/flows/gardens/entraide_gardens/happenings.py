"""What happens to gardens: whoever asked for one, or for a place in one, learns of the yes by mail."""

from __future__ import annotations

from uuid import UUID

from entraide import (
    Answer,
    AnswerState,
    Member,
    OfferAnswer,
    OfferAnswerState,
    RequestState,
    database,
    mail,
)
from entraide.events import HelpRequestMatched, OfferAnswerChanged
from entraide.pages import offer_url, request_url


def tell_agreed(event: HelpRequestMatched, key: str) -> None:
    """Write about an answer that still stands to a request that is not over."""
    session = database.session()
    answer = session.get(Answer, event.answer)
    if answer is None or answer.state != AnswerState.AGREED:
        return
    asked = answer.request
    if asked.kind != "garden" or asked.state in RequestState.OVER:
        return
    _write(asked.member_id, request_url(asked.id), key)


def tell_place(event: OfferAnswerChanged, key: str) -> None:
    """Write to whoever takes part in what a garden offers, while they still do."""
    answer = database.session().get(OfferAnswer, event.answer)
    if answer is None or answer.state != OfferAnswerState.AGREED:
        return
    if answer.offer.kind == "garden":
        _write(answer.member_id, offer_url(answer.offer_id), key)


def _write(member_id: UUID, path: str, key: str) -> None:
    session = database.session()
    mail.send(
        session,
        session.get_one(Member, member_id),
        template="gardens/agreed",
        category="gardens.agreed",
        key=key.replace(":", "-"),
        path=path,
    )
