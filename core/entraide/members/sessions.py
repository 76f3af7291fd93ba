"""What a server-side session remembers between two requests: drafts, mostly."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from entraide.members import service


def load_data(session: Session, *, token: str) -> dict[str, Any]:
    """Return what the session of a cookie token remembers; empty when there is none."""
    row = service.find_session(session, token=token)
    return dict(row.data) if row is not None else {}


def save_data(session: Session, *, token: str, data: dict[str, Any]) -> None:
    """Remember `data`; a visitor without a session gets one, without an account."""
    row = service.find_session(session, token=token)
    if row is None:
        service.start_session(session, token=token, member=None, data=data)
    else:
        row.data = data
