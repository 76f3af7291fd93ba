"""Who reads what families write: their sessions are short."""

from __future__ import annotations

from datetime import timedelta

from entraide.members.models import Member
from entraide.policy import POLICY

STAFF_IDLE, STAFF_ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)


def is_staff(member: Member) -> bool:
    """Return whether a member reads what families write, so that their sessions are short.

    The rules of the features say who does; no plugin is asked.
    """
    return POLICY.get().default(member, "members.short_session", None)
