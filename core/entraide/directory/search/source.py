"""Documents for the search index from the seam table `directory_listing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import database, runtime
from entraide.clock import PARIS
from entraide.directory.listing import positions
from entraide.directory.listing.models import Listing, ListingRemoved
from entraide.directory.payloads.communes import commune_names
from entraide.directory.payloads.values import public_part
from entraide.directory.search.documents import Document, ListingChanges, Position
from entraide.directory.search.words import day_words, facet_words, kind_words
from entraide.gazetteer.communes import Gazetteer, Place

LONGEST_FACET = 80
READ_AT_ONCE = 1_000
NUMBERED_AT_ONCE = 5_000
NO_DAYS: dict[str, Any] = {"starts": None, "ends": None, "rrule": None}


class ListingSource:
    """Reads the rows of the listing in the order of their changes."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def position(self) -> Position:
        """Return the last position, once every change that waits has got one."""
        while positions.number_changes(NUMBERED_AT_ONCE):
            continue
        positions.ensure_counter()
        with database.reading() as session:
            counter = positions.read_counter(session)
        return Position(counter.epoch, counter.position)

    def changes(self, since: Position, limit: int) -> ListingChanges | None:
        """Return what changed after `since`, up to `limit` documents and as many removals.

        None when `since` is of another database, ahead of this one, or older than the removals
        that are still known: the index has to be built anew.
        """
        positions.number_changes(limit)
        with database.reading() as session:
            # Read first: whatever is numbered while we read on lies beyond and waits for its turn.
            counter = positions.read_counter(session)
            known = range(counter.forgotten, counter.position + 1)
            if since.epoch != counter.epoch or since.number not in known:
                return None
            gone, rows = (
                _between(session, table, since.number, counter.position, limit)
                for table in (ListingRemoved, Listing)
            )
            ends = [batch[-1].position for batch in (gone, rows) if len(batch) == limit]
            reach = Position(counter.epoch, min([counter.position, *ends]))
            return ListingChanges(
                [row.uid for row in gone], [self._build(row) for row in rows], reach
            )

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
        payload = public_part(runtime.current().kinds.get(row.kind or ""), row.payload)
        days = _read_schedule(row.schedule or {})
        words = (*(place.name for place in places), *day_words(**days), *_words(row, payload))
        return Document(
            uid=row.uid,
            type=row.type,
            kind=row.kind,
            title=row.title,
            summary=row.summary,
            organisation_id=organisation.get("id"),
            organisation_name=organisation.get("name") or "",
            # A search for Saint-Denis also finds what is offered in Pierrefitte, a part of it.
            territory=(*row.territory, *sorted(_wider(places))),
            points=tuple({place.point for place in places if place.point}),
            **days,
            verify_by=row.verify_by,
            origin=row.origin,
            updated_at=row.updated_at,
            facets=tuple(list_facets(row.kind or row.type, payload)),
            words=" ".join(words),
        )


def _wider(places: Sequence[Place]) -> set[str]:
    """Return the codes of the communes and departments that hold these places."""
    return {place.parent for place in places if place.parent} | {
        place.department for place in places
    }


def _between(session: Session, table: Any, after: int, until: int, limit: int) -> Sequence[Any]:
    meant = select(table).where(table.position > after, table.position <= until)
    return session.scalars(meant.order_by(table.position).limit(limit)).all()


def list_facets(kind: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (`kind.field`, value) for each short value of a public payload, lists one by one."""
    for field, value in payload.items():
        for item in value if isinstance(value, list) else [value]:
            words = format(Decimal(str(item)), "f") if isinstance(item, float) else item
            if isinstance(words, str | int) and len(str(words)) <= LONGEST_FACET:
                yield f"{kind}.{field}", str(words)


def _words(row: Listing, payload: Mapping[str, Any]) -> Iterator[str]:
    kind = runtime.current().kinds.get(row.kind or "")
    if kind is not None:
        yield kind_words(kind)
        yield from facet_words(kind, payload)
        yield from commune_names(kind, payload)
    yield from _texts(payload.values())


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
        return NO_DAYS
    return {"starts": starts, "ends": ends, "rrule": rule if isinstance(rule, str) else None}


def _read_day(text: str | None, zone: ZoneInfo) -> date | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()
