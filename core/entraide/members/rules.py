"""Who may do what with accounts."""

from __future__ import annotations

from typing import Any

from entraide.policy import Actor, Rule


def is_self(actor: Actor, subject: Any) -> bool:
    """Tell whether the subject is the actor's own account."""
    return getattr(subject, "id", None) == actor.id


RELATIONS = {"self": is_self}
RULES = (Rule("members.account", relation="self"),)
