"""Documents for the search index from the seam table `directory_listing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, exists, select, update

from entraide import database
from entraide.clock import PARIS
from entraide.directory.gazetteer import Gazetteer
from entraide.directory.models import Listing, ListingRemoved
from entraide.directory.search.documents import Document

LONGEST_FACET = 80
READ_AT_ONCE = 1_000


class ListingSource:
    """Reads and marks the rows of the listing; each call is a transaction of its own."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def pending(self, limit: int) -> list[Document]:
        """Return the rows whose index lags behind, the longest unchanged first."""
        lagging = (
            select(Listing)
            .where(Listing.indexed_revision < Listing.revision)
            .order_by(Listing.updated_at, Listing.uid)
            .limit(limit)
        )
        with database.reading() as session:
            return [self._build(row) for row in session.scalars(lagging)]

    def removed(self, limit: int) -> list[str]:
        """Return the uids that left the listing and did not come back."""
        came_back = exists().where(Listing.uid == ListingRemoved.uid)
        gone = select(ListingRemoved.uid).where(~came_back).limit(limit)
        with database.reading() as session:
            return list(session.scalars(gone))

    def mark_indexed(self, documents: Sequence[Document]) -> None:
        """Store the revisions that the index holds; what changed since stays pending."""
        if not documents:
            return
        table = Listing.__table__
        mark = (
            update(table)  # type: ignore[arg-type] # a declarative class's table is a Table
            .where(table.c.uid == bindparam("of_uid"))
            .values(indexed_revision=bindparam("held"))
        )
        held = [{"of_uid": document.uid, "held": document.revision} for document in documents]
        with database.writing() as session:
            session.connection().execute(mark, held)

    def mark_removed(self, uids: Sequence[str]) -> None:
        """Forget removals that the index has followed, and those that came back."""
        if not uids:
            return
        with database.writing() as session:
            for start in range(0, len(uids), READ_AT_ONCE):
                some = uids[start : start + READ_AT_ONCE]
                session.execute(delete(ListingRemoved).where(ListingRemoved.uid.in_(some)))

    def everything(self) -> Iterator[Document]:
        """Yield every row, in pages by uid so that no transaction stays open."""
        after = ""
        while page := self._read_page(after):
            yield from page
            after = page[-1].uid

    def _read_page(self, after: str) -> list[Document]:
        page = select(Listing).where(Listing.uid > after).order_by(Listing.uid).limit(READ_AT_ONCE)
        with database.reading() as session:
            return [self._build(row) for row in session.scalars(page)]

    def _build(self, row: Listing) -> Document:
        places = self._gazetteer.places(row.territory)
        organisation = row.organisation or {}
        payload = row.payload or {}
        return Document(
            uid=row.uid,
            type=row.type,
            kind=row.kind,
            title=row.title,
            summary=row.summary,
            organisation_id=organisation.get("id"),
            organisation_name=organisation.get("name") or "",
            # A search for Saint-Denis also finds what is offered in Pierrefitte, a part of it.
            territory=(*row.territory, *{place.parent for place in places if place.parent}),
            points=tuple({place.point for place in places if place.point}),
            **_read_schedule(row.schedule or {}),
            verify_by=row.verify_by,
            origin=row.origin,
            updated_at=row.updated_at,
            facets=tuple(list_facets(row.kind or row.type, payload)),
            words=" ".join([*(place.name for place in places), *_texts(payload.values())]),
            revision=row.revision,
        )


def list_facets(kind: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (`kind.field`, value) for each short value of a public payload, lists one by one."""
    for field, value in payload.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int) and len(str(one)) <= LONGEST_FACET:
                yield f"{kind}.{field}", str(one)


def _texts(values: Iterator[Any] | Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, list):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value


def _read_schedule(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """Return the local days of a schedule; a wrong one counts as none."""
    try:
        zone = ZoneInfo(schedule.get("timezone") or PARIS.key)
        starts, ends = (_read_day(schedule.get(name), zone) for name in ("starts", "ends"))
        rule = schedule.get("rrule")
    except (ValueError, TypeError, KeyError, OSError, OverflowError):
        return {}
    return {"starts": starts, "ends": ends, "rrule": rule if isinstance(rule, str) else None}


def _read_day(text: str | None, zone: ZoneInfo) -> date | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()
