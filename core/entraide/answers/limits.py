"""How many answers one member may give, so that nobody takes every seat or floods who offers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import clock
from entraide.answers.models import AnswerStep, OfferAnswerState
from entraide.answers.steps import GIVEN
from entraide.errors import TooManyRequests
from entraide.i18n import catalogue
from entraide.members.accounts import lock_member
from entraide.policy import Actor

_ = catalogue("entraide")

ANSWERS, WINDOW = 20, timedelta(days=1)
"""Each answer sends a mail, and ASVS 2.4.2 asks for a human pace; a family that plans its month
gives fewer."""

MANY = _("You answered %(count)s times today. Please go on tomorrow.", count=ANSWERS)


def check_new_answers(session: Session, actor: Actor) -> None:
    """Raise TooManyRequests above twenty answers in a day, those taken back included."""
    lock_member(session, actor.id)
    now = clock.now()
    given = select(func.count()).where(
        AnswerStep.member_id == actor.id,
        AnswerStep.step.in_(tuple(GIVEN)),
        # A yes without a free seat queues somebody else.
        AnswerStep.source != OfferAnswerState.SENT,
        AnswerStep.happened_at > now - WINDOW,
        AnswerStep.happened_at <= now,
    )
    if (session.scalar(given) or 0) >= ANSWERS:
        raise TooManyRequests(str(MANY))
