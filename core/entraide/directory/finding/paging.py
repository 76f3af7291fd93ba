"""Pages of the listing for programs: a stable order and opaque cursors (keyset paging)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, literal, select, tuple_
from sqlalchemy.orm import Session

from entraide import runtime, text
from entraide.directory.finding.offers import is_current
from entraide.directory.listing.models import Listing
from entraide.errors import BadInput, BadText

START = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ListingPage:
    """One page of rows and the cursor of the next one, None when this is the last."""

    rows: Sequence[Listing]
    next: str | None


@dataclass(frozen=True)
class Filters:
    """Which rows a program asks for; `origin` None means any site, "" this one."""

    type: str = "offer"
    kind: str | None = None
    origin: str | None = None
    updated_since: datetime | None = None


def read_page(session: Session, filters: Filters, *, after: str | None, limit: int) -> ListingPage:
    """Return the rows after a cursor, the longest unchanged first.

    A row that changes meanwhile moves to the end, so whoever reads to the end has seen every
    row that was there at the start and is still there. BadInput for a cursor that is not ours.
    """
    listings = _filtered(filters)
    if after is not None:
        listings = listings.where(tuple_(Listing.updated_at, Listing.uid) > _position(after))
    rows = session.scalars(
        listings.order_by(Listing.updated_at, Listing.uid).limit(limit + 1)
    ).all()
    is_last = len(rows) <= limit
    return ListingPage(rows[:limit], None if is_last else write_cursor(rows[limit - 1]))


def write_cursor(row: Listing) -> str:
    """Return the cursor that stands after a row."""
    microseconds = (row.updated_at - START) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"[{microseconds},{_quoted(row.uid)}]".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Return the position that a cursor names; BadInput when it is not one of ours."""
    try:
        value: Any = text.decode(base64.b64decode(cursor, b"-_", validate=True), max_bytes=400)
        microseconds, uid = value
        moment = START + timedelta(microseconds=int(microseconds))
        if type(microseconds) is int and isinstance(uid, str) and START <= moment < LATEST:
            return moment, uid
    except (BadText, binascii.Error, ValueError, TypeError, OverflowError):
        pass
    raise BadInput(
        "The cursor is not one of ours. Start again without `after`.",
        {"after": ["Give back what `next` said, unchanged."]},
    )


def _filtered(filters: Filters) -> Select[Listing]:
    listings = select(Listing).where(Listing.type == filters.type, is_current())
    if filters.kind is not None:
        listings = listings.where(Listing.kind == runtime.kind_name(filters.kind))
    if filters.origin is not None:
        listings = listings.where(Listing.origin == (filters.origin or None))
    if filters.updated_since is not None:
        listings = listings.where(Listing.updated_at >= filters.updated_since)
    return listings


def _position(cursor: str) -> Any:
    moment, uid = read_cursor(cursor)
    return tuple_(literal(moment, Listing.updated_at.type), literal(uid))


def _quoted(uid: str) -> str:
    return '"' + uid.replace("\\", "\\\\").replace('"', '\\"') + '"'
