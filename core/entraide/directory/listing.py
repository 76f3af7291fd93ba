"""The seam table: writing our own public rows and, in bulk, those of other sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypedDict

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entraide import clock
from entraide.directory.models import Listing, ListingRemoved

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
    verified_at: date | None
    verify_by: date | None


def store_listings(session: Session, rows: Sequence[ListingRow]) -> None:
    """Insert or replace rows by `uid`; each change raises the row's revision."""
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(Listing)
    columns = [name for name in ListingRow.__annotations__ if name != "uid"]
    changes: dict[str, Any] = {name: statement.excluded[name] for name in columns}
    changes["revision"] = Listing.revision + 1
    upsert = statement.on_conflict_do_update(index_elements=["uid"], set_=changes)
    connection = session.connection()
    for start in range(0, len(rows), BATCH):
        batch = [
            {**row, "revision": 1, "indexed_revision": 0} for row in rows[start : start + BATCH]
        ]
        connection.execute(upsert, batch)


def remove_listings(session: Session, uids: Iterable[str]) -> None:
    """Take rows out of lists and, soon after, out of the search index; unknown ones are ignored."""
    gone = list(uids)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    note = dialect.insert(ListingRemoved).on_conflict_do_nothing()
    now = clock.now()
    for start in range(0, len(gone), BATCH):
        batch = gone[start : start + BATCH]
        session.execute(delete(Listing).where(Listing.uid.in_(batch)))
        session.connection().execute(note, [{"uid": uid, "removed_at": now} for uid in batch])
