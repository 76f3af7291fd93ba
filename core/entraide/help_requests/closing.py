"""Fields of requests that a release of a plugin made private."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import runtime
from entraide.directory.offers.closing import move_closed
from entraide.help_requests.models import HelpRequest


def close_request_fields(session: Session) -> int:
    """Move what not every helper may read any more to the details; return of how many requests."""
    kinds = runtime.current().kinds
    rows = session.scalars(select(HelpRequest).where(HelpRequest.kind.in_(kinds))).all()
    return sum(move_closed(kinds[row.kind], row) for row in rows)
