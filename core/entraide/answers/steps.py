"""The states of an answer to an offer and what every step between them leaves behind."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from entraide import audit, clock
from entraide.answers.models import AnswerStep, OfferAnswer, OfferAnswerState
from entraide.errors import IllegalTransition
from entraide.event_types import OfferAnswerChanged
from entraide.i18n import catalogue
from entraide.kinds import Workflow
from entraide.outbox import record

_ = catalogue("entraide")

State = OfferAnswerState
NEW = ""
"""The state of an answer that is not there yet."""

GIVEN = {"send": State.SENT, "take": State.AGREED, "queue": State.WAITING}
"""How an answer begins, or begins again: asked for a yes, seated at once, in line."""

WORKFLOW = Workflow(
    initial=NEW,
    transitions={
        NEW: GIVEN,
        State.SENT: {
            "agree": State.AGREED,
            "queue": State.WAITING,
            "decline": State.DECLINED,
            "withdraw": State.WITHDRAWN,
            "close": State.EXPIRED,
        },
        State.WAITING: {
            "hold": State.OFFERED,
            "decline": State.DECLINED,
            "withdraw": State.WITHDRAWN,
            "close": State.EXPIRED,
        },
        State.OFFERED: {
            "accept": State.AGREED,
            "withdraw": State.WITHDRAWN,
            "decline": State.DECLINED,
            "lapse": State.EXPIRED,
            "close": State.EXPIRED,
        },
        State.AGREED: {"cancel": State.CANCELLED, "remove": State.CANCELLED},
        State.DECLINED: GIVEN,
        State.WITHDRAWN: GIVEN,
        State.CANCELLED: GIVEN,
        State.EXPIRED: GIVEN,
    },
)
"""`hold` keeps a freed seat for somebody, `lapse` ends that when they do not answer in time;
`cancel` is whoever answered, `remove` whoever offers, or the end of the offer; `close` ends what
nobody decided in time."""


def take_step(
    session: Session, *, answer: OfferAnswer, step: str, actor: UUID | None
) -> AnswerStep:
    """Move an answer on; leave a step, an event and an audit row.

    `actor` None is the site itself. Raises IllegalTransition when the state has no such step.
    """
    source = answer.state or NEW
    target = WORKFLOW.steps(source).get(step)
    if target is None:
        raise illegal()
    now = clock.now()
    answer.state, answer.updated_at = target, now
    if target != State.OFFERED:
        answer.offered_until = None
    session.flush()
    taken = AnswerStep(
        answer_id=answer.id,
        member_id=actor,
        step=step,
        source=source,
        target=target,
        happened_at=now,
    )
    session.add(taken)
    session.flush()
    record(session, OfferAnswerChanged(answer.offer_id, answer.id, target))
    audit.record(
        session,
        actor=actor,
        action=f"answers.{step}",
        subject=answer.offer_id,
        person=answer.member_id,
    )
    return taken


def illegal() -> IllegalTransition:
    """Return the refusal of a step that the state does not have (any more)."""
    return IllegalTransition(
        _("This step is not possible any more. Please reload the page to see why.")
    )
