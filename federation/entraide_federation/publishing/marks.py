"""Marks: which objects of this site changed and wait for the publisher."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from entraide import clock, database
from entraide_federation.store.models import Mark

BATCH = 1000


def mark(session: Session, objects: Mapping[UUID, str]) -> None:
    """Mark objects (identifier → `offer` or `organisation`); marking twice is marking once.

    An update, not "do nothing": it waits for a publisher that is taking the same mark away and
    then marks anew, so that no change falls between the two.
    """
    statement = database.insert(session, Mark)
    upsert = statement.on_conflict_do_update(
        index_elements=["object_id"], set_={"marked_at": statement.excluded.marked_at}
    )
    now = clock.now()
    rows = [
        {"object_id": identifier, "type": objects[identifier], "marked_at": now}
        for identifier in sorted(objects)
    ]
    for start in range(0, len(rows), BATCH):
        session.connection().execute(upsert, rows[start : start + BATCH])


def is_waiting(session: Session) -> bool:
    """Return whether anything is marked."""
    return session.scalar(select(Mark.object_id).limit(1)) is not None


def take(session: Session, limit: int) -> dict[UUID, str]:
    """Take away at most `limit` marks, oldest first, before the marked rows are read.

    Whatever changes later marks its row again.
    """
    oldest = select(Mark.object_id).order_by(Mark.marked_at, Mark.object_id).limit(limit)
    identifiers = session.scalars(oldest).all()
    taken = delete(Mark).where(Mark.object_id.in_(identifiers))
    rows = session.execute(taken.returning(Mark.object_id, Mark.type))
    return {row.object_id: row.type for row in rows}
