"""Pages of requests: one's own, those of others for who may help, one request and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from entraide import audit, i18n, runtime
from entraide.answers.mails import MINE
from entraide.answers.service import has_answered
from entraide.errors import BadInput, NotFound
from entraide.gazetteer import territories
from entraide.help_requests import ending, finding, service
from entraide.help_requests.answer_form import warn_once
from entraide.help_requests.mails import path_of
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.help_requests.pages import card, contacts_page, request_page
from entraide.help_requests.readers import reading_of
from entraide.help_requests.rules import coordinated, had_contact
from entraide.help_requests.schemas import AnswerSchema, ReopenSchema
from entraide.help_requests.timeline import timeline
from entraide.i18n import catalogue
from entraide.members.accounts import STAFF
from entraide.pages import (
    Form,
    allowed,
    done,
    empty_form,
    permission,
    require_member,
    sent_form,
    session,
)
from entraide.policy import Actor
from entraide.posting.unsent import unsent
from entraide.web.badges import badges_of
from entraide.web.panels import panels_of
from entraide.web.transactions import roll_back

_ = catalogue("entraide")
blueprint = Blueprint("help_requests", __name__)
ANSWER, REOPEN = AnswerSchema(), ReopenSchema()
COMMUNES = 12
"""Communes that the filter offers; the one that is chosen is always among them."""

Page = str | tuple[str, int] | Response


@blueprint.get("/requests/mine")
@permission("help_requests.mine")
def mine() -> str:
    """Show the member's own requests, and the answers that they gave."""
    actor = require_member()
    page = finding.own_requests(session(), actor=actor, after=_after())
    answered = finding.own_answers(session(), actor=actor) if _after() is None else []
    return render_template(
        "help_requests/mine.html",
        requests=[card(help_request, actor) for help_request in page.items],
        answered=[card(answer.request, actor) for answer in answered],
        unsent=unsent() if _after() is None else [],
        answers_url=MINE if has_answered(session(), actor) else "",
        next_url=f"/requests/mine?after={page.after}" if page.after else "",
    )


@blueprint.get("/requests")
@permission("help_requests.list")
def index() -> str:
    """Show the requests of others that look for somebody."""
    actor = require_member()
    kind, place = request.args.get("kind", "")[:40], request.args.get("place", "")[:5]
    page = finding.visible_requests(
        session(), actor=actor, kinds=[kind] if kind else [], territory=place, after=_after()
    )
    return render_template(
        "help_requests/list.html",
        requests=_cards(page.items, actor),
        filters=_filters(actor, kind, place),
        next_url=_url(kind=kind, place=place, after=page.after) if page.after else "",
        everything_url=_url() if kind or place else "",
        may_oversee=allowed(actor, "help_requests.overview"),
    )


def _cards(requests: Sequence[HelpRequest], actor: Actor) -> list[dict[str, Any]]:
    # Of a contact that was ended its helper reads nothing more, marks included.
    readable = [asked for asked in requests if not had_contact(actor, asked)]
    badges = {asked.id: marks for asked, marks in zip(readable, badges_of(readable), strict=True)}
    return [card(asked, actor) | {"badges": badges.get(asked.id, [])} for asked in requests]


@blueprint.get("/requests/contacts")
@permission("help_requests.overview")
def contacts() -> str:
    """Show which contacts are under way, to the staff and to coordinators their own."""
    requests = finding.contacts_under_way(session(), actor=require_member())
    return render_template(
        "help_requests/contacts.html",
        contacts=contacts_page(session(), requests),
        may_end=bool(require_member().roles & STAFF),
    )


@blueprint.get("/requests/<uuid:request_id>")
@permission("help_requests.see")
def show(request_id: UUID) -> str:
    """Show one request."""
    help_request = the_request(request_id)
    page = _page(help_request)
    audit.record_reading(reading_of(help_request, require_member()))
    return page


@blueprint.post("/requests/<uuid:request_id>/answer")
@permission("help_requests.answer")
def answer(request_id: UUID) -> Page:
    """Offer help."""
    help_request = the_request(request_id)
    form = sent_form(ANSWER)
    if not form.is_valid:
        return _page_again(help_request, answer_form=form)
    if warn_once(form, request.form):
        return _page_again(help_request, answer_form=form)
    chosen = form.values.get("organisation", "")
    service.answer_request(
        session(),
        request=help_request,
        actor=require_member(),
        message=form.values["message"],
        organisation_id=_uuid(chosen),
    )
    return done(
        path_of(request_id), _("Your answer is sent. Now it is the parent's turn. We write to you.")
    )


@blueprint.post("/requests/<uuid:request_id>/answers/<uuid:answer_id>/agree")
@permission("help_requests.agree")
def agree(request_id: UUID, answer_id: UUID) -> Response:
    """Say yes to an answer."""
    agreed_answer = answer_at(request_id, answer_id)
    service.agree(session(), answer=agreed_answer, actor=require_member())
    words = (
        _("You both agree. You can now write to each other.")
        if agreed_answer.state == AnswerState.AGREED
        else _("You said yes. Now it is the other person's turn. We write to you.")
    )
    return done(path_of(request_id), words)


@blueprint.post("/requests/<uuid:request_id>/answers/<uuid:answer_id>/decline")
@permission("help_requests.decline")
def decline(request_id: UUID, answer_id: UUID) -> Response:
    """Say no to an answer."""
    service.decline_answer(
        session(), answer=answer_at(request_id, answer_id), actor=require_member()
    )
    return done(path_of(request_id), _("You said no. The person gets a message."))


@blueprint.post("/requests/<uuid:request_id>/answers/<uuid:answer_id>/withdraw")
@permission("help_requests.withdraw")
def withdraw(request_id: UUID, answer_id: UUID) -> Response:
    """Take one's answer back."""
    service.withdraw_answer(
        session(), answer=answer_at(request_id, answer_id), actor=require_member()
    )
    return done("/requests/mine", _("Your answer is taken back. The parent gets a message."))


@blueprint.post("/requests/<uuid:request_id>/close")
@permission("help_requests.close")
def close(request_id: UUID) -> Response:
    """End a request, with the reason."""
    reason = request.form.get("reason", "")
    help_request = the_request(request_id)
    service.close_request(session(), request=help_request, actor=require_member(), reason=reason)
    words = (
        _("It is done. Thank you for telling us.")
        if reason == RequestState.DONE
        else _("The request is closed.")
    )
    is_own = help_request.member_id == require_member().id
    return done("/requests/mine" if is_own else "/requests", words)


@blueprint.post("/requests/<uuid:request_id>/end-contact")
@permission("help_requests.end_contact")
def end_contact(request_id: UUID) -> Response:
    """End a contact for good; nobody else is shown the request."""
    help_request, actor = contact_at(request_id), require_member()
    ending.end_contact(session(), request=help_request, actor=actor)
    is_own = help_request.member_id == actor.id
    return done(
        path_of(request_id) if is_own else "/requests/contacts",
        _("The contact has ended. The details are not shown to this person any more."),
    )


@blueprint.post("/requests/<uuid:request_id>/reopen")
@permission("help_requests.reopen")
def reopen(request_id: UUID) -> Page:
    """Look for somebody again."""
    help_request = the_request(request_id)
    form = sent_form(REOPEN)
    if form.is_valid:
        try:
            _reopen(help_request, form.values["verify_by"])
        except BadInput as error:
            form.add_error("verify_by", str(error))
    if not form.is_valid:
        return _page_again(help_request, reopen_form=form)
    return done(
        path_of(request_id), _("Your request is open again. People who can help may answer.")
    )


def _reopen(help_request: HelpRequest, verify_by: date) -> None:
    service.reopen_request(
        session(), request=help_request, actor=require_member(), verify_by=verify_by
    )


def _page_again(help_request: HelpRequest, **given: Form) -> tuple[str, int]:
    page, reading = _page(help_request, **given), reading_of(help_request, require_member())
    # Nothing was written; what shows the request leaves its trace all the same.
    roll_back()
    audit.record_reading(reading)
    return page, 422


def _page(
    help_request: HelpRequest, answer_form: Form | None = None, reopen_form: Form | None = None
) -> str:
    actor = require_member()
    shown = request_page(session(), help_request, actor)
    return render_template(
        "help_requests/request.html",
        help_request=shown,
        panels=panels_of(help_request) if shown["is_readable"] else [],
        timeline=timeline(session(), help_request, actor),
        answer_form=_with_associations(answer_form or empty_form(ANSWER), actor),
        reopen_form=reopen_form or empty_form(REOPEN),
    )


def _with_associations(form: Form, actor: Actor) -> Form:
    choices = [
        (str(organisation.id), organisation.name) for organisation in coordinated(session(), actor)
    ]
    for field in form.fields:
        if field.name == "organisation":
            field.choices = [*choices]
    form.fields = [field for field in form.fields if field.name != "organisation" or choices]
    return form


def _filters(actor: Actor, kind: str, place: str) -> list[dict[str, Any]]:
    asked, places_asked = finding.kinds_and_communes(session(), actor=actor)
    kinds = [
        (known.name, str(known.heading))
        for known in runtime.current().kinds.values()
        if known.name in asked or known.name == kind
    ]
    codes = sorted(places_asked | ({place} if place else set()))
    communes = sorted(zip(codes, territories.names(codes), strict=True), key=lambda pair: pair[1])
    shown = [pair for number, pair in enumerate(communes) if number < COMMUNES or pair[0] == place]
    chosen = {"kind": kind, "place": place}
    return [
        _filter("kind", i18n.gettext("Kind of help"), kinds, chosen),
        _filter("place", i18n.gettext("Place"), shown, chosen),
    ]


def _filter(
    name: str, label: str, choices: list[tuple[str, str]], chosen: dict[str, str]
) -> dict[str, Any]:
    options = [
        {
            "label": words,
            "url": _url(**(chosen | {name: code})),
            "is_current": code == chosen[name],
        }
        for code, words in [("", i18n.gettext("All")), *choices]
    ]
    return {"label": label, "options": options}


def _url(**values: Any) -> str:
    given = {name: value for name, value in values.items() if value}
    return f"/requests?{urlencode(given)}" if given else "/requests"


def the_request(request_id: UUID) -> HelpRequest:
    """Return a request that they may see; NotFound otherwise."""
    return service.find_request(session(), actor=require_member(), request_id=request_id)


def contact_at(request_id: UUID) -> HelpRequest:
    """Return a request whose contact they may end; NotFound otherwise."""
    help_request = session().get(HelpRequest, request_id)
    if help_request is None or not allowed(
        require_member(), "help_requests.end_contact", help_request
    ):
        raise NotFound
    return help_request


def answer_at(request_id: UUID, answer_id: UUID) -> Answer:
    """Return an answer that they gave or received; NotFound otherwise."""
    help_request = the_request(request_id)
    return service.find_answer(
        session(), request=help_request, actor=require_member(), answer_id=answer_id
    )


def _after() -> UUID | None:
    return _uuid(request.args.get("after", ""))


def _uuid(words: str) -> UUID | None:
    try:
        return UUID(words)
    except ValueError:
        return None
