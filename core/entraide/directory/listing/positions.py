"""The order of changes of the listing: numbered after their commit, so that no index misses one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, select, update
from sqlalchemy.orm import Session

from entraide import clock, database
from entraide.database import Model
from entraide.directory.listing.models import Listing, ListingCounter, ListingRemoved
from entraide.ids import new_token

ONLY = 1
"""The counter has one row."""

KEPT_FOR = timedelta(days=30)
"""How long a machine may be away before its index is built anew: removals are kept that long."""

AT_ONCE = 1_000


def number_changes(limit: int) -> int:
    """Give numbers to up to `limit` changed rows and as many removals; return how many got one.

    Any process may do it at any time: the row of the counter is locked until the commit, so that
    whoever sees a number sees every smaller one too.
    """
    if not _is_anything_new():
        return 0
    with database.writing() as session:
        counter = _lock_counter(session)
        number = count(counter.position + 1)
        gone = _take_unnumbered(session, ListingRemoved, limit)
        rows = _take_unnumbered(session, Listing, limit)
        _give(session, ListingRemoved, [{"of_uid": uid, "number": next(number)} for uid in gone])
        _give(session, Listing, [{"of_uid": uid, "number": next(number)} for uid in rows])
        _forget_returned(session, rows)
        counter.position += len(gone) + len(rows)
    return len(gone) + len(rows)


def _take_unnumbered(
    session: Session, model: type[Listing | ListingRemoved], limit: int
) -> Sequence[str]:
    """Lock the first rows without a number; return their uids.

    Rows that others are writing are left for the next time: nobody waits for the other.
    """
    unnumbered = select(model.uid).where(model.position.is_(None)).limit(limit)
    return session.scalars(unnumbered.with_for_update(skip_locked=True)).all()


def ensure_counter() -> None:
    """Create the counter: an index must know the database from its first position on."""
    with database.reading() as session:
        if session.get(ListingCounter, ONLY) is not None:
            return
    with database.writing() as session:
        _lock_counter(session)


def read_counter(session: Session) -> ListingCounter:
    """Return the counter as committed; one that stands at zero when nothing was numbered yet."""
    counter = session.get(ListingCounter, ONLY)
    return counter or ListingCounter(id=ONLY, epoch="", position=0, forgotten=0)


def forget_removals() -> None:
    """Delete the removals that every machine has had the time to follow."""
    followed = ListingRemoved.position.is_not(None)
    old = followed & (ListingRemoved.removed_at < clock.now() - KEPT_FOR)
    with database.writing() as session:
        last = session.scalar(select(func.max(ListingRemoved.position)).where(old))
        if last is not None:
            counter = _lock_counter(session)
            counter.forgotten = max(counter.forgotten, last)
            session.execute(delete(ListingRemoved).where(old, ListingRemoved.position <= last))


def _is_anything_new() -> bool:
    changed, removed = Listing.position.is_(None), ListingRemoved.position.is_(None)
    new = select(exists().where(changed) | exists().where(removed))
    with database.reading() as session:
        return bool(session.scalar(new))


def _lock_counter(session: Session) -> ListingCounter:
    fresh = {"id": ONLY, "epoch": new_token()[:8], "position": 0, "forgotten": 0}
    counter = database.insert(session, ListingCounter).values(fresh)
    session.execute(counter.on_conflict_do_nothing())
    return session.scalars(select(ListingCounter).with_for_update()).one()


def _give(session: Session, model: type[Model], numbered: list[dict[str, Any]]) -> None:
    table: Any = model.__table__
    mark = update(table).where(table.c.uid == bindparam("of_uid"))
    if numbered:
        session.connection().execute(mark.values(position=bindparam("number")), numbered)


def _forget_returned(session: Session, uids: Sequence[str]) -> None:
    """Forget the removal of what came back; a row that left again meanwhile keeps its new one."""
    came_back = exists().where(Listing.uid == ListingRemoved.uid)
    for start in range(0, len(uids), AT_ONCE):
        page = uids[start : start + AT_ONCE]
        session.execute(delete(ListingRemoved).where(ListingRemoved.uid.in_(page), came_back))
