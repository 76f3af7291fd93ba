"""How much one member may ask and answer, so that nobody floods families or is flooded."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import clock
from entraide.directory.coordinators import coordinates_any
from entraide.errors import Refused, TooManyRequests
from entraide.help_requests.models import AnswerState, HelpRequest, RequestState, Step
from entraide.i18n import catalogue
from entraide.members.accounts import lock_member
from entraide.policy import Actor

_ = catalogue("entraide")

ANSWERS, ANSWERS_WINDOW = 5, timedelta(days=1)
"""Answers that one helper may give, those taken back included: each of them sends a mail to a
family, and ASVS 2.4.2 asks for a human pace."""

ANSWERS_OF_COORDINATORS = 30
"""Whoever answers for an association does so for several people."""

WAITING_ANSWERS = 10
"""Answers that wait for one parent at a time: nobody reads more of them on a phone."""

OPEN_REQUESTS = 10

MANY_ANSWERS = _("You answered %(count)s requests today. Thank you! Please go on tomorrow.")


def check_open_requests(session: Session, actor: Actor) -> None:
    """Raise TooManyRequests when a member has ten requests that look for somebody already."""
    lock_member(session, actor.id)
    count = session.scalar(
        select(func.count()).where(
            HelpRequest.member_id == actor.id, HelpRequest.state.in_(RequestState.SEEKING)
        )
    )
    if (count or 0) >= OPEN_REQUESTS:
        raise TooManyRequests(
            str(_("You have %(count)s open requests. Please close one first.", count=OPEN_REQUESTS))
        )


def check_new_answers(session: Session, actor: Actor) -> None:
    """Raise TooManyRequests above five new answers in a day, thirty of a coordinator."""
    most = ANSWERS_OF_COORDINATORS if coordinates_any(actor) else ANSWERS
    lock_member(session, actor.id)
    now = clock.now()
    recent = session.scalars(
        select(Step.happened_at)
        .where(
            Step.member_id == actor.id,
            Step.step == "answer",
            Step.happened_at > now - ANSWERS_WINDOW,
            # What a clock that was ahead has dated would count for years.
            Step.happened_at <= now,
        )
        .order_by(Step.happened_at.desc())
        .limit(most)
    ).all()
    if len(recent) >= most:
        raise TooManyRequests(
            str(MANY_ANSWERS) % {"count": most},
            retry_after=int((recent[-1] + ANSWERS_WINDOW - now).total_seconds()) + 1,
        )


def is_full(request: HelpRequest) -> bool:
    """Return whether as many answers wait for the parent as one parent reads."""
    return sum(answer.state == AnswerState.SENT for answer in request.answers) >= WAITING_ANSWERS


def check_waiting_answers(request: HelpRequest) -> None:
    """Raise Refused when the parent has to read the answers that wait first."""
    if is_full(request):
        raise Refused(
            _(
                "%(count)s people have answered already. The parent reads their answers first. "
                "Please look again in a few days.",
                count=WAITING_ANSWERS,
            )
        )
