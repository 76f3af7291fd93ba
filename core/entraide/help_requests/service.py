"""Rules of requests: opened, closed, opened again, expired; answers have their own file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, database, policy, runtime
from entraide.directory.offers.service import check_problems, kind_named
from entraide.directory.payloads.public_texts import check_texts
from entraide.directory.payloads.values import split_payload
from entraide.errors import BadInput, NotFound
from entraide.gazetteer.territories import check_codes, gazetteer, is_outside
from entraide.help_requests.answers import (
    agree,
    answer_request,
    decline_answer,
    end_standing,
    find_answer,
    start_anew,
    withdraw_answer,
)
from entraide.help_requests.finding import RequestPage, visible_requests
from entraide.help_requests.limits import check_open_requests
from entraide.help_requests.mails import tell
from entraide.help_requests.models import AnswerState, HelpRequest, RequestState, Step
from entraide.help_requests.steps import WORKFLOW, leave_traces, lock_request, take_step
from entraide.i18n import Text, catalogue
from entraide.kinds import Kind
from entraide.policy import Actor
from entraide.schedules.deadlines import earliest

__all__ = [
    "RequestInput",
    "RequestPage",
    "agree",
    "answer_request",
    "close_request",
    "decline_answer",
    "expire_requests",
    "find_answer",
    "find_request",
    "open_request",
    "reopen_request",
    "visible_requests",
    "withdraw_answer",
]

_ = catalogue("entraide")

A_DAY_TO_COME = _("Choose a day to come.")
EXPIRE_BATCH = 200
CLOSING: dict[str, str] = {RequestState.DONE: "done", RequestState.CLOSED: "close"}
"""Reasons for which a person closes a request, named as the state it ends in; the step of each."""


@dataclass(frozen=True)
class RequestInput:
    """What a request is made of; `payload` holds every field of the kind's schema, loaded."""

    kind: str
    title: str
    summary: str
    territory: list[str]
    verify_by: date
    schedule: dict[str, Any] | None = None
    payload: dict[str, Any] = field(default_factory=dict)


def open_request(session: Session, *, actor: Actor, data: RequestInput) -> HelpRequest:
    """Ask for help.

    Raises BadInput for a kind that takes no requests, an unknown place, a day that has passed, a
    contact detail in a text that every helper reads, or a plugin's problem; TooManyRequests when
    the member has ten open requests already.
    """
    policy.require(actor, "help_requests.ask")
    check_open_requests(session, actor)
    request = _new_request(data, actor)
    check_problems(request)
    session.add(request)
    session.flush()
    first = Step(
        request_id=request.id,
        member_id=actor.id,
        step="open",
        source="",
        target=request.state,
        happened_at=request.created_at,
    )
    leave_traces(session, first, actor.id)
    return request


def _new_request(data: RequestInput, actor: Actor) -> HelpRequest:
    kind = _checked_kind(data)
    public, details = split_payload(kind, data.payload)
    check_texts(kind, {"title": data.title, "summary": data.summary}, public)
    now = clock.now()
    return HelpRequest(
        member_id=actor.id,
        kind=kind.name,
        title=data.title,
        summary=data.summary,
        territory=data.territory,
        schedule=data.schedule,
        payload=public,
        details=details,
        state=WORKFLOW.initial,
        verify_by=earliest(data.verify_by, data.schedule),
        created_at=now,
        updated_at=now,
    )


def find_request(session: Session, *, actor: Actor | None, request_id: UUID) -> HelpRequest:
    """Return a request that the actor may see; NotFound, all the same, when absent or forbidden."""
    request = session.get(HelpRequest, request_id)
    if request is None or not policy.allowed(actor, "help_requests.see", request):
        raise NotFound
    return request


def close_request(session: Session, *, request: HelpRequest, actor: Actor, reason: str) -> None:
    """End a request: `done` after a match, `closed` for any other reason.

    Raises BadInput for another reason, IllegalTransition when the state does not allow it.
    """
    step = CLOSING.get(reason)
    if step is None:
        raise BadInput.at("reason", _("Please choose one of the answers."))
    is_done = reason == RequestState.DONE
    policy.require(actor, "help_requests.finish" if is_done else "help_requests.close", request)
    request = lock_request(session, request.id)
    taken = take_step(session, request=request, step=step, actor=actor.id)
    helpers = [answer.member_id for answer in request.answers if answer.state == AnswerState.AGREED]
    others = end_standing(request, AnswerState.CLOSED)
    tell(session, step=taken, members=[request.member_id, *helpers, *others])


def reopen_request(
    session: Session, *, request: HelpRequest, actor: Actor, verify_by: date
) -> None:
    """Look for somebody again until `verify_by`; earlier answers stand no more.

    Raises BadInput for a day that has passed, IllegalTransition when the request is open or done,
    TooManyRequests when the member has ten open requests already.
    """
    policy.require(actor, "help_requests.reopen", request)
    check_open_requests(session, actor)
    _check_day(verify_by)
    verify_by = earliest(verify_by, request.schedule)
    _check_day(verify_by, _("Its day has passed. Write a new request instead."))
    request = lock_request(session, request.id)
    taken = take_step(session, request=request, step="reopen", actor=actor.id)
    request.verify_by = verify_by
    tell(session, step=taken, members=start_anew(request))


def expire_requests() -> int:
    """End the requests whose last day has passed without a match; return how many."""
    with database.writing() as session:
        due = session.scalars(
            select(HelpRequest)
            .where(
                HelpRequest.state.in_(RequestState.SEEKING), HelpRequest.verify_by < clock.today()
            )
            .order_by(HelpRequest.id)
            .limit(EXPIRE_BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for request in due:
            taken = take_step(session, request=request, step="expire", actor=None)
            others = end_standing(request, AnswerState.EXPIRED)
            tell(session, step=taken, members=[request.member_id, *others])
    return len(due)


def _checked_kind(data: RequestInput) -> Kind:
    kind = kind_named(data.kind)
    if "request" not in kind.sides:
        raise BadInput.at("kind", _("Nobody can ask for this here. Choose another kind of help."))
    check_codes(data.territory)
    _check_nearby(data.territory)
    _check_day(earliest(data.verify_by, data.schedule))
    return kind


def _check_nearby(codes: list[str]) -> None:
    if runtime.current().settings.site.is_only_local and any(
        map(is_outside, gazetteer().places(codes))
    ):
        raise BadInput.at("territory", _("This site takes requests for its own territory only."))


def _check_day(verify_by: date, words: Text = A_DAY_TO_COME) -> None:
    if verify_by < clock.today():
        raise BadInput.at("verify_by", words)
