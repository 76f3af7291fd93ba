"""What a server-side session remembers between two requests: drafts, mostly."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from entraide.members import service


def load_data(session: Session, *, token: str) -> dict[str, Any]:
    """Return what the session of a cookie token remembers; empty when there is none."""
    row = service.find_session(session, token=token)
    return dict(row.data) if row is not None else {}


def save_data(session: Session, *, token: str, data: dict[str, Any], client: str = "") -> None:
    """Remember `data`; a visitor without a session gets one, without an account.

    `client` is the IP address that asks: raises TooManyRequests when many began from there.
    """
    row = service.find_session(session, token=token)
    if row is None:
        service.start_visit(session, token=token, data=data, client=client)
    else:
        row.data = data
