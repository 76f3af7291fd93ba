"""Who may do what with accounts."""

from __future__ import annotations

from typing import Any

from entraide.kinds import Rule
from entraide.members.accounts import READS_FAMILIES
from entraide.policy import Actor


def is_self(actor: Actor, subject: Any) -> bool:
    """Return whether the subject is the actor's own account."""
    return getattr(subject, "id", None) == actor.id


RULES = (
    Rule("members.account", relation=is_self),
    # Whose sessions are short; other features add those whom they let read more.
    *(Rule("members.short_session", role) for role in sorted(READS_FAMILIES)),
)
