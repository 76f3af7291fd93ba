"""The seam table: writing our own public rows and, in bulk, those of other sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypedDict

import orjson
from sqlalchemy import delete
from sqlalchemy.orm import Session

from entraide import clock, database
from entraide.directory.listing.models import Listing, ListingRemoved

BATCH = 1000


class ListingRow(TypedDict):
    """One public offer or organisation as lists, pages, the API and the search show it.

    `uid` is its address everywhere, `origin` the base URL of its site (None: ours),
    `organisation` `{"id", "name"}`, `territory` INSEE codes, `payload` public fields only.
    """

    uid: str
    type: str
    origin: str | None
    kind: str | None
    title: str
    summary: str
    organisation: dict[str, Any] | None
    territory: list[str]
    schedule: dict[str, Any] | None
    places: int | None
    payload: dict[str, Any] | None
    lang: str
    contact_url: str | None
    created_at: datetime
    updated_at: datetime
    verified_on: date | None
    verify_by: date | None


COLUMNS = tuple(ListingRow.__annotations__)


def store_listings(session: Session, rows: Sequence[ListingRow]) -> None:
    """Insert or replace rows by `uid`; each change takes the row's position away.

    A whole bootstrap passes here, so the driver is given tuples: a third of the time that
    SQLAlchemy's insert of dictionaries takes.
    """
    if not rows:
        return
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    for start in range(0, len(rows), BATCH):
        batch = [_values(row, is_sqlite) for row in rows[start : start + BATCH]]
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


def _values(row: ListingRow, is_sqlite: bool) -> tuple[Any, ...]:  # noqa: FBT001 - one caller
    """Return a row as the driver keeps it, exactly as the column types of the model would."""
    moment, day = (_sqlite_moment, _sqlite_day) if is_sqlite else (_same, _same)
    return (
        row["uid"],
        row["type"],
        row["origin"],
        row["kind"],
        row["title"],
        row["summary"],
        _json(row["organisation"]),
        _json(row["territory"]),
        _json(row["schedule"]),
        row["places"],
        _json(row["payload"]),
        row["lang"],
        row["contact_url"],
        moment(row["created_at"]),
        moment(row["updated_at"]),
        day(row["verified_on"]),
        day(row["verify_by"]),
    )


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _same(value: Any) -> Any:
    return value


def _sqlite_moment(moment: datetime) -> str:
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]


def _sqlite_day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def remove_listings(session: Session, uids: Iterable[str]) -> None:
    """Take rows out of lists and, soon after, out of the search index; unknown ones are ignored."""
    gone = list(uids)
    note = database.insert(session, ListingRemoved).on_conflict_do_nothing()
    now = clock.now()
    for start in range(0, len(gone), BATCH):
        batch = gone[start : start + BATCH]
        session.execute(delete(Listing).where(Listing.uid.in_(batch)))
        session.connection().execute(note, [{"uid": uid, "removed_at": now} for uid in batch])
