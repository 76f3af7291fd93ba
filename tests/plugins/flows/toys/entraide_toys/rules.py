"""Who may do what with toys."""

from __future__ import annotations

from typing import Any

from entraide import Actor, Rule
from entraide_toys.models import Toy


def is_owner(actor: Actor, subject: Any) -> bool:
    """Return whether the toy is the actor's own."""
    return isinstance(subject, Toy) and subject.owner_id == actor.id


RULES = (
    Rule("toys.list"),
    Rule("toys.add", "parent"),
    Rule("toys.remove", relation=is_owner),
    Rule("toys.remove", "moderator"),
)
