"""Pages of answers: one's own, the form below an offer, the people who answered, a kept seat."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from entraide import clock, policy
from entraide.answers import one_click, pages, service
from entraide.answers.mails import MINE, people_path
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.answers.pages import offer_in_words
from entraide.answers.rules import declared, has_days, is_offerer, takes_answers
from entraide.answers.schemas import answer_schema, asked_details
from entraide.directory.models import Offer
from entraide.directory.offers.service import find_offer
from entraide.errors import BadInput, NotFound
from entraide.i18n import Text, catalogue
from entraide.kind_answers import Answers
from entraide.pages import (
    Form,
    current_member,
    done,
    empty_form,
    permission,
    require_member,
    sent_form,
    session,
)
from entraide.schedules.occurrences import coming
from entraide.web.transactions import roll_back

_ = catalogue("entraide")
blueprint = Blueprint("answers", __name__)
Page = str | tuple[str, int] | Response

SENT_WORDS: dict[str, Text] = {
    OfferAnswerState.SENT: _("Your answer is sent. We write to you as soon as there is a reply."),
    OfferAnswerState.AGREED: _("Your place is taken. See you there!"),
    OfferAnswerState.WAITING: _(
        "No place is left at the moment. You are on the waiting list, and we write to you."
    ),
}


@blueprint.get("/answers")
@permission("answers.mine")
def mine() -> str:
    """Show what the member has answered, and where each answer stands."""
    answers = service.own_answers(session(), require_member())
    return render_template("answers/mine.html", answers=pages.own_answers(session(), answers))


@blueprint.get("/answers/offers/<uuid:offer_id>")
@permission("answers.give")
def form(offer_id: UUID) -> Page:
    """Show the form of an answer; to whoever offers, the people who answered."""
    offer = find_offer(session(), offer_id=offer_id)
    if is_offerer(require_member(), offer):
        return done(people_path(offer_id))
    return _form_page(offer)


@blueprint.post("/answers/offers/<uuid:offer_id>")
@permission("answers.give")
def answer(offer_id: UUID) -> Page:
    """Answer an offer."""
    offer = find_offer(session(), offer_id=offer_id)
    kind = _kind_of(offer)
    sent = sent_form(answer_schema(kind, _days(offer)))
    if not sent.is_valid:
        return _form_page(offer, sent), 422
    given = service.AnswerInput(
        occurrence=sent.values.get("occurrence", ""),
        details=asked_details(kind, sent.values),
        message=sent.values.get("message") or "",
    )
    try:
        answered = service.answer_offer(session(), offer=offer, actor=require_member(), given=given)
    except BadInput as error:
        _add_errors(sent, error)
        roll_back()
        return _form_page(offer, sent), 422
    return done(MINE, SENT_WORDS[answered.state])


@blueprint.get("/answers/offers/<uuid:offer_id>/people")
@permission("answers.decide")
def people(offer_id: UUID) -> str:
    """Show who answered an offer, to whoever offers it."""
    offer = find_offer(session(), offer_id=offer_id)
    policy.require(require_member(), "answers.decide", offer)
    shown = pages.people(session(), service.answers_to(session(), offer))
    return render_template(
        "answers/people.html",
        offer=offer_in_words(session(), offer),
        people=[given for given in shown if given["state"] in OfferAnswerState.STANDING],
        others=[given for given in shown if given["state"] not in OfferAnswerState.STANDING],
    )


@blueprint.post("/answers/<uuid:answer_id>/agree")
@permission("answers.decide")
def agree(answer_id: UUID) -> Response:
    """Say yes to an answer."""
    given = answer_at(answer_id, "answers.decide")
    service.agree(session(), answer=given, actor=require_member())
    return done(people_path(given.offer_id), _("You said yes. The person gets a message."))


@blueprint.post("/answers/<uuid:answer_id>/decline")
@permission("answers.decide")
def decline(answer_id: UUID) -> Response:
    """Say no to an answer, or take a seat back."""
    given = answer_at(answer_id, "answers.decide")
    service.decline(session(), answer=given, actor=require_member())
    return done(people_path(given.offer_id), _("You said no. The person gets a message."))


@blueprint.post("/answers/<uuid:answer_id>/withdraw")
@permission("answers.withdraw")
def withdraw(answer_id: UUID) -> Response:
    """Take one's answer back, or cancel."""
    given = answer_at(answer_id, "answers.withdraw")
    service.withdraw(session(), answer=given, actor=require_member())
    return done(MINE, _("It is noted. Whoever offers this gets a message."))


@blueprint.post("/answers/<uuid:answer_id>/accept")
@permission("answers.withdraw")
def accept(answer_id: UUID) -> Response:
    """Take the seat that is kept."""
    given = answer_at(answer_id, "answers.withdraw")
    service.accept_seat(session(), answer=given, actor_id=require_member().id)
    return done(MINE, SENT_WORDS[OfferAnswerState.AGREED])


@blueprint.get("/answers/seat/<signed>")
@permission(None)
def seat(signed: str) -> str:
    """Ask whether they take the seat that a mail told of; nothing changes before the button."""
    held = one_click.find_held(session(), signed)
    return render_template("answers/seat.html", answer=pages.own_answers(session(), [held])[0])


@blueprint.post("/answers/seat/<signed>")
@permission(None)
def decide_seat(signed: str) -> Response:
    """Take the kept seat, or let it go, by the link of a mail."""
    held = one_click.find_held(session(), signed)
    decide = {"yes": service.accept_seat, "no": service.refuse_seat}.get(request.form["answer"])
    if decide is None:
        raise NotFound
    decide(session(), answer=held, actor_id=held.member_id)
    words = (
        SENT_WORDS[OfferAnswerState.AGREED]
        if held.state == OfferAnswerState.AGREED
        else _("The place goes to the next person. Thank you for telling us.")
    )
    return done(MINE if current_member() else "/", words)


def answer_at(answer_id: UUID, action: str) -> OfferAnswer:
    """Return an answer to which they may do `action`; NotFound otherwise."""
    given = service.find_answer(session(), answer_id=answer_id)
    if not policy.allowed(require_member(), action, given):
        raise NotFound
    return given


def _form_page(offer: Offer, sent: Form | None = None) -> str:
    member, kind = require_member(), _kind_of(offer)
    given = service.own_answers(session(), member, offer)
    days = _days(offer)
    taken = {answer.occurrence for answer in given if answer.state in OfferAnswerState.STANDING}
    free = [day for day in days if day.name not in taken]
    has_choice = bool(free if has_days(offer) else not taken) and takes_answers(offer)
    may_answer = has_choice and policy.allowed(member, "answers.give", offer)
    if not may_answer and not given:
        raise NotFound(
            _("This offer takes no answers any more. Others may help: look at the list.")
        )
    return render_template(
        "answers/form.html",
        offer=offer_in_words(session(), offer),
        given=pages.own_answers(session(), given),
        form=(sent or empty_form(answer_schema(kind, free))) if may_answer else None,
        is_automatic=kind.admission == "automatic",
        has_waiting_list=kind.waiting_list,
    )


def _kind_of(offer: Offer) -> Answers:
    kind = declared(offer)
    if kind is None:
        raise NotFound
    return kind


def _days(offer: Offer) -> list[Any]:
    return coming(offer.schedule, clock.now()) if has_days(offer) else []


def _add_errors(sent: Form, error: BadInput) -> None:
    for name, words in (error.errors or {"message": [str(error)]}).items():
        for sentence in words:
            sent.add_error(name, sentence)
