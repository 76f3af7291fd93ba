"""Who may do what."""

from __future__ import annotations

from typing import Any

from entraide import Actor, Rule
from entraide_frozen.models import Loan


def is_borrower(actor: Actor, subject: Any) -> bool:
    """Return whether the loan is the actor's own."""
    return isinstance(subject, Loan) and subject.borrower_id == actor.id


RULES = (
    Rule("frozen.list"),
    Rule("frozen.borrow"),
    Rule("frozen.give_back", relation=is_borrower),
    Rule("frozen.give_back", "moderator"),
    Rule("frozen.keep", "moderator"),
)
