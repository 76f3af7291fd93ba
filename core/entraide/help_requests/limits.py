"""How much one member may ask and answer, so that nobody floods families or is flooded."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import clock
from entraide.errors import TooManyRequests
from entraide.help_requests.models import HelpRequest, Step
from entraide.help_requests.rules import SEEKING, is_coordinator
from entraide.i18n import catalogue
from entraide.members.models import Member
from entraide.policy import Actor

_ = catalogue("entraide")

ANSWERS, ANSWERS_WINDOW = 5, timedelta(days=1)
"""Answers that one helper may give, those taken back included: each of them sends a mail to a
family, and ASVS 2.4.2 asks for a human pace."""

OPEN_REQUESTS = 10


def check_open_requests(session: Session, actor: Actor) -> None:
    """Raise TooManyRequests when a member has ten requests that look for somebody already."""
    _lock_member(session, actor.id)
    count = session.scalar(
        select(func.count()).where(
            HelpRequest.member_id == actor.id, HelpRequest.state.in_(SEEKING)
        )
    )
    if (count or 0) >= OPEN_REQUESTS:
        raise TooManyRequests(
            str(_("You have %(count)s open requests. Please close one first.", count=OPEN_REQUESTS))
        )


def check_new_answers(session: Session, actor: Actor) -> None:
    """Raise TooManyRequests above five new answers in a day; coordinators have no limit."""
    if is_coordinator(actor):
        return
    _lock_member(session, actor.id)
    now = clock.now()
    recent = session.scalars(
        select(Step.happened_at)
        .where(
            Step.member_id == actor.id,
            Step.step == "answer",
            Step.happened_at > now - ANSWERS_WINDOW,
        )
        .order_by(Step.happened_at.desc())
        .limit(ANSWERS)
    ).all()
    if len(recent) >= ANSWERS:
        raise TooManyRequests(
            str(_("You answered %(count)s requests today. Thank you! Please go on tomorrow.",
                  count=ANSWERS)),
            retry_after=int((recent[-1] + ANSWERS_WINDOW - now).total_seconds()) + 1,
        )  # fmt: skip


def _lock_member(session: Session, member_id: UUID) -> None:
    # Two requests at once would both count one row too few on PostgreSQL.
    session.execute(select(Member.id).where(Member.id == member_id).with_for_update(key_share=True))
