"""What ends among requests with a role or an account: answers, contacts, one's own requests."""

from __future__ import annotations

from sqlalchemy.orm import Session

from entraide.help_requests.ending import end_answers_of, end_requests_of
from entraide.help_requests.rules import is_helper
from entraide.members.suspending import COORDINATOR, AccessEnd


def end_access(session: Session, end: AccessEnd) -> bool:
    """End it; tell whether there was anything.

    Whoever loses one role and may still help by another one keeps their contacts, but for those
    that they have in the name of an association which they do not coordinate any more.
    """
    member = end.member
    if not end.role and member.suspended_at is None:
        return False
    # The room of organisations has just taken the coordinating back: what was known is old.
    session.info.pop("help_requests.coordinators", None)
    still_helps = bool(end.role) and is_helper(member)
    if still_helps and end.role != COORDINATOR:
        return False
    answers = end_answers_of(
        session, member_id=member.id, actor=end.actor, for_organisations=still_helps
    )
    requests = not end.role and end_requests_of(session, member_id=member.id, actor=end.actor)
    return answers or requests
