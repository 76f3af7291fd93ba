"""The seam table: writing our own public rows and, in bulk, those of other sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import JSON, Date, delete
from sqlalchemy.orm import Session

from entraide import clock, database, runtime
from entraide.database.columns import UtcDateTime
from entraide.directory.listing.models import (
    DescribedKind,
    Listing,
    ListingRemoved,
    ListingRow,
)

BATCH = 1000


COLUMNS = tuple(column.name for column in Listing.__table__.columns if column.name != "position")
KIND = COLUMNS.index("kind")


def store_listings(session: Session, rows: Sequence[ListingRow]) -> None:
    """Insert or replace rows by `uid`; each change takes the row's position away.

    A whole bootstrap passes here, so the driver is given tuples: a third of the time that
    SQLAlchemy's insert of dictionaries takes.
    """
    if not rows:
        return
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    former = runtime.current().former_kinds
    for start in range(0, len(rows), BATCH):
        batch = [_values(row, former, is_sqlite=is_sqlite) for row in rows[start : start + BATCH]]
        connection.exec_driver_sql(_upsert("?" if is_sqlite else "%s"), batch)


@cache
def _upsert(mark: str) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "uid")
    # Only names of columns, written above, are put into the statement.
    return (
        f"INSERT INTO directory_listing ({', '.join(COLUMNS)}) "  # noqa: S608
        f"VALUES ({', '.join([mark] * len(COLUMNS))}) "
        f"ON CONFLICT (uid) DO UPDATE SET {changes}, position = NULL"
    )


def _values(row: ListingRow, former: Mapping[Any, str], *, is_sqlite: bool) -> tuple[Any, ...]:
    """Return a row as the driver keeps it, exactly as the column types of the model would."""
    values = [row.get(name) for name in COLUMNS]
    # Another site may not know yet how a kind is called today.
    values[KIND] = former.get(values[KIND], values[KIND])
    for position, write in _writers(is_sqlite=is_sqlite):
        value = values[position]
        values[position] = None if value is None else write(value)
    return tuple(values)


@cache
def _writers(*, is_sqlite: bool) -> list[tuple[int, Callable[[Any], str]]]:
    """Return the positions of the values that the driver does not keep as they are."""
    writers: list[tuple[type[Any], Callable[[Any], str]]] = [(JSON, _json)]
    if is_sqlite:
        writers += [(UtcDateTime, _sqlite_moment), (Date, date.isoformat)]
    return [
        (position, write)
        for position, name in enumerate(COLUMNS)
        for kind, write in writers
        if isinstance(Listing.__table__.columns[name].type, kind)
    ]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite_moment(moment: datetime) -> str:
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]


def remove_listings(session: Session, uids: Iterable[str]) -> None:
    """Take rows out of lists and, soon after, out of the search index; unknown ones are ignored.

    What is kept under such an address about a kind of another site goes as well.
    """
    gone = list(uids)
    note = database.insert(session, ListingRemoved).on_conflict_do_nothing()
    now = clock.now()
    for start in range(0, len(gone), BATCH):
        batch = gone[start : start + BATCH]
        session.execute(delete(Listing).where(Listing.uid.in_(batch)))
        is_foreign = DescribedKind.origin != ""
        session.execute(delete(DescribedKind).where(DescribedKind.uid.in_(batch), is_foreign))
        session.connection().execute(note, [{"uid": uid, "removed_at": now} for uid in batch])
