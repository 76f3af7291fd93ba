"""Who may do what with accounts."""

from __future__ import annotations

from typing import Any

from entraide.members.accounts import READS_FAMILIES
from entraide.policy import Actor, Rule


def is_self(actor: Actor, subject: Any) -> bool:
    """Return whether the subject is the actor's own account."""
    return getattr(subject, "id", None) == actor.id


RELATIONS = {"self": is_self}
RULES = (
    Rule("members.account", relation="self"),
    # Whose sessions are short; other features add those whom they let read more.
    *(Rule("members.short_session", role) for role in sorted(READS_FAMILIES)),
)
