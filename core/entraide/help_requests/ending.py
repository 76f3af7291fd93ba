"""Ending contacts: by the parent or the team, and when a helper's role or account ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, policy
from entraide.help_requests.answers import end_agreed, end_standing, standing
from entraide.help_requests.mails import tell
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.help_requests.steps import illegal, lock_request, take_step
from entraide.policy import Actor

READABLE_AFTER_DONE = timedelta(days=7)
"""How long both sides still find each other, and the helper the details, after "it is done"."""


def is_in_contact(request: HelpRequest, answer: Answer | None) -> bool:
    """Return whether the two sides of an answer read each other's address and the details.

    From the second yes on, while the request is under way and seven days after it was done. When
    it is closed or the contact is ended, at once no more.
    """
    if answer is None or answer.state != AnswerState.AGREED:
        return False
    is_fresh = clock.now() < request.updated_at + READABLE_AFTER_DONE
    return request.state == RequestState.MATCHED or (
        request.state == RequestState.DONE and is_fresh
    )


def end_contact(session: Session, *, request: HelpRequest, actor: Actor) -> None:
    """End a contact for good, without showing the request to anybody else.

    The parent may do so, and the staff. IllegalTransition when no contact is under way.
    """
    policy.require(actor, "help_requests.end_contact", request)
    request = lock_request(session, request.id)
    if request.state != RequestState.MATCHED:
        raise illegal()
    _end_contact(session, request, actor.id)


def end_answers_of(
    session: Session, *, member_id: UUID, actor: UUID | None, for_organisations: bool = False
) -> bool:
    """Take every standing answer of a member back and end their contacts; tell whether any was.

    `for_organisations`: only what they answered in the name of one.
    """
    query = select(Answer.request_id).where(
        Answer.member_id == member_id, Answer.state.in_(AnswerState.IN_FORCE)
    )
    if for_organisations:
        query = query.where(Answer.organisation_id.is_not(None))
    # In one order, so that two who end answers at once do not wait for each other.
    requests = sorted(session.scalars(query))
    for request_id in requests:
        request = lock_request(session, request_id)
        for answer in request.answers:
            if answer.member_id == member_id:
                _end_answer(session, request, answer, actor)
    return bool(requests)


def end_requests_of(session: Session, *, member_id: UUID, actor: UUID | None) -> bool:
    """Close every request of a member that is under way; tell whether there was any."""
    query = select(HelpRequest.id).where(
        HelpRequest.member_id == member_id, HelpRequest.state.in_(RequestState.UNDER_WAY)
    )
    requests = sorted(session.scalars(query))
    for request_id in requests:
        request = lock_request(session, request_id)
        if request.state == RequestState.MATCHED:
            _end_contact(session, request, actor)
            continue
        step = take_step(session, request=request, step="close", actor=actor)
        tell(session, step=step, members=end_standing(request, AnswerState.CLOSED))
    return bool(requests)


def _end_answer(session: Session, request: HelpRequest, answer: Answer, actor: UUID | None) -> None:
    if answer.state == AnswerState.AGREED:
        answer.state, answer.updated_at = AnswerState.ENDED, clock.now()
        if request.state == RequestState.MATCHED:
            step = take_step(session, request=request, step="end_contact", actor=actor)
            tell(session, step=step, members=[request.member_id])
    elif answer.state == AnswerState.SENT and request.state in RequestState.SEEKING:
        answer.state, answer.updated_at = AnswerState.WITHDRAWN, clock.now()
        name = "withdraw" if standing(request) else "withdraw_last"
        step = take_step(session, request=request, step=name, actor=actor, answer=answer)
        tell(session, step=step, members=[request.member_id])


def _end_contact(session: Session, request: HelpRequest, actor: UUID | None) -> None:
    helpers = end_agreed(request)
    step = take_step(session, request=request, step="end_contact", actor=actor)
    tell(session, step=step, members=[request.member_id, *helpers])
