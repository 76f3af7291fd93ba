"""The states of a request and what every step between them leaves behind."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import audit, clock
from entraide import event_types as events
from entraide.errors import IllegalTransition
from entraide.help_requests.models import Answer, HelpRequest, RequestState, Step
from entraide.i18n import catalogue
from entraide.kinds import Workflow
from entraide.outbox import record

_ = catalogue("entraide")

WORKFLOW = Workflow(
    initial=RequestState.OPEN,
    transitions={
        RequestState.OPEN: {
            "answer": RequestState.ANSWERED,
            "close": RequestState.CLOSED,
            "expire": RequestState.EXPIRED,
        },
        RequestState.ANSWERED: {
            "answer": RequestState.ANSWERED,
            "agree": RequestState.ANSWERED,
            "decline": RequestState.ANSWERED,
            "withdraw": RequestState.ANSWERED,
            "decline_last": RequestState.OPEN,
            "withdraw_last": RequestState.OPEN,
            "match": RequestState.MATCHED,
            "close": RequestState.CLOSED,
            "expire": RequestState.EXPIRED,
        },
        RequestState.MATCHED: {
            "done": RequestState.DONE,
            "close": RequestState.CLOSED,
            "end_contact": RequestState.CLOSED,
            "reopen": RequestState.OPEN,
            "give_back": RequestState.OPEN,
        },
        RequestState.CLOSED: {"reopen": RequestState.OPEN},
        RequestState.EXPIRED: {"reopen": RequestState.OPEN},
    },
    listed=RequestState.SEEKING,
)
"""`agree` is one side's yes, `match` the second one; the `_last` steps leave no answer standing,
`give_back` is a helper who agreed and cannot help after all; `end_contact` ends a contact for good:
this helper does not see the request again, even if it opens again. Nothing follows `done`."""


def lock_request(session: Session, request_id: UUID) -> HelpRequest:
    """Read a request and its answers as they are now, and keep other writers out until the end.

    SQLite lets one writer in at a time anyway; PostgreSQL locks the row.
    """
    return session.scalars(
        select(HelpRequest)
        .where(HelpRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def take_step(
    session: Session,
    *,
    request: HelpRequest,
    step: str,
    actor: UUID | None,
    answer: Answer | None = None,
) -> Step:
    """Move a request on; leave a step, an event and an audit row.

    `actor` None is the site itself. Raises IllegalTransition when the state has no such step.
    """
    target = WORKFLOW.steps(request.state).get(step)
    if target is None:
        raise illegal()
    now = clock.now()
    taken = Step(
        request_id=request.id,
        member_id=actor,
        step=step,
        source=request.state,
        target=target,
        happened_at=now,
    )
    request.state, request.updated_at = target, now
    leave_traces(session, taken, request.member_id, answer)
    return taken


def leave_traces(session: Session, taken: Step, asker: UUID, answer: Answer | None = None) -> None:
    """Keep a step, tell plugins after the commit, write the journal: it concerns `asker`."""
    session.add(taken)
    session.flush()
    record(session, _event(taken, answer))
    audit.record(
        session,
        actor=taken.member_id,
        action=f"help_requests.{taken.step}",
        subject=taken.request_id,
        person=asker,
    )


def illegal() -> IllegalTransition:
    """Return the refusal of a step that the state does not have (any more)."""
    return IllegalTransition(
        str(_("This step is not possible any more. Please reload the page to see why."))
    )


def _event(taken: Step, answer: Answer | None) -> events.Event:
    if taken.step == "answer" and answer is not None:
        return events.HelpRequestAnswered(taken.request_id, answer.id)
    if taken.step == "match" and answer is not None:
        return events.HelpRequestMatched(taken.request_id, answer.id)
    if WORKFLOW.is_final(taken.target) or taken.step in ("close", "end_contact", "expire"):
        return events.HelpRequestClosed(taken.request_id, taken.target)
    if taken.step in ("open", "reopen", "give_back") or answer is None:
        return events.HelpRequestOpened(taken.request_id)
    return events.HelpRequestAnswerChanged(taken.request_id, answer.id, answer.state)
