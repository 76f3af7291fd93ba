"""What ends among answers to offers with an account."""

from __future__ import annotations

from sqlalchemy.orm import Session

from entraide.answers.ending import end_answers_of
from entraide.members.suspending import AccessEnd


def end_access(session: Session, end: AccessEnd) -> bool:
    """Take every answer of a stopped account back; return whether there was any.

    Answering needs no role, so that nothing ends with one.
    """
    if end.role or end.member.suspended_at is None:
        return False
    return end_answers_of(session, end.member.id, end.actor)
