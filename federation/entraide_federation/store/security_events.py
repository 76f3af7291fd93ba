"""What peers did that was refused: one row for the operator, one line in the log."""

from __future__ import annotations

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from entraide import clock, ids
from entraide_federation.store.models import SecurityEvent

log = structlog.get_logger("entraide.federation")

KEPT_PER_SOURCE = 1_000
LONGEST_DETAIL = 500


def record(session: Session, *, source: str, origin: str, name: str, detail: str) -> None:
    """Note that `source` served something of `origin` that was refused under the code `name`.

    The newest thousand of a source are kept, so that no peer can fill the disk.
    """
    log.warning("federation-refused", source=source, origin=origin, name=name, detail=detail)
    session.add(
        SecurityEvent(
            id=ids.new_id(),
            happened_at=clock.now(),
            source=source,
            origin=origin,
            name=name,
            detail=detail[:LONGEST_DETAIL],
        )
    )
    session.flush()
    _forget_old(session, source)


def _forget_old(session: Session, source: str) -> None:
    of_source = SecurityEvent.source == source
    newest = select(SecurityEvent.id).where(of_source).order_by(SecurityEvent.id.desc())
    kept = newest.limit(KEPT_PER_SOURCE).scalar_subquery()
    session.execute(delete(SecurityEvent).where(of_source, SecurityEvent.id.not_in(kept)))
