"""Who asks for the page."""

from __future__ import annotations

from entraide.errors import LoginRequired
from entraide.members.models import Member
from entraide.web import visitors

__all__ = ["current_member", "require_member"]


def current_member() -> Member | None:
    """Return the member who is logged in, None for a visitor."""
    member = visitors.current_member()
    return member if isinstance(member, Member) else None


def require_member() -> Member:
    """Return the member who is logged in; LoginRequired, which leads to the login page, else."""
    member = current_member()
    if member is None:
        raise LoginRequired
    return member
