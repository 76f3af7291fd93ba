"""Pages that ask first: before an answer is taken back, a place cancelled, a no said."""

from __future__ import annotations

from uuid import UUID

from entraide.answers.mails import MINE, people_path
from entraide.answers.models import OfferAnswerState
from entraide.answers.rules import took_place
from entraide.answers.steps import illegal
from entraide.answers.views import answer_at, blueprint
from entraide.i18n import catalogue
from entraide.pages import Question, ask_first, permission

_ = catalogue("entraide")

TOLD = _("Whoever offers this gets a message.")
PASSED_ON = _("Your place is free then, and somebody else may take it.")
PERSON_TOLD = _("The person gets a message. It says no more than that there is news.")


@blueprint.get("/answers/<uuid:answer_id>/withdraw")
@permission("answers.withdraw")
def ask_withdraw(answer_id: UUID) -> str:
    """Ask before an answer is taken back, or a place cancelled."""
    given = answer_at(answer_id, "answers.withdraw")
    if given.state not in OfferAnswerState.STANDING or took_place(given):
        raise illegal()
    if given.state == OfferAnswerState.AGREED:
        title, button, meaning = _("Cancel?"), _("Yes, cancel"), [TOLD, PASSED_ON]
    else:
        title, button, meaning = _("Take your answer back?"), _("Yes, take it back"), [TOLD]
    return ask_first(Question(title, given.offer.title, meaning, button, MINE))


@blueprint.get("/answers/<uuid:answer_id>/decline")
@permission("answers.decide")
def ask_decline(answer_id: UUID) -> str:
    """Ask before a no is said, or a place taken back."""
    given = answer_at(answer_id, "answers.decide")
    if given.state not in OfferAnswerState.STANDING or took_place(given):
        raise illegal()
    question = Question(
        _("Say no to this person?"),
        given.offer.title,
        [PERSON_TOLD],
        _("Yes, say no"),
        people_path(given.offer_id),
    )
    return ask_first(question)
