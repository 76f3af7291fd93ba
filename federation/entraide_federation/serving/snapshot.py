"""The snapshot: everything that a feed covers, line by line, from one state of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from entraide_federation.protocol import profile, spelling
from entraide_federation.serving.cursors import Feed
from entraide_federation.serving.feed_state import FeedState
from entraide_federation.store.models import KeptBack, Origin, SignedObject

CHUNK_BYTES = 64 * 1024
ROWS_AT_ONCE = 500


def pieces(session: Session, state: FeedState) -> Iterator[bytes]:
    """Yield the snapshot in pieces of some 64 KiB (rule 8)."""
    return _joined(_lines(session, state))


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting += (line, b"\n")
        size += len(line) + 1
        if size >= CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _lines(session: Session, state: FeedState) -> Iterator[bytes]:
    origins = _origins(session, state)
    yield profile.canonical(
        {
            "snapshot": {
                "cursor": state.cursor(state.seq),
                "origins": [origin.base for origin in origins],
                "scope": state.feed.name.lower(),
            }
        }
    )
    for origin in origins:
        yield from _bodies(session, state, origin)
        yield from _withheld(session, state, origin)
        yield origin.head or b""


def _origins(session: Session, state: FeedState) -> list[Origin]:
    """Return the origins whose Head this feed serves, by base URL."""
    served = Origin.is_own if state.feed is Feed.OWN else Origin.head_feed_seq.is_not(None)
    # Sorted here, by code point: databases sort texts by the language that they were set up with.
    return sorted(
        session.scalars(select(Origin).where(served, Origin.head.is_not(None))),
        key=lambda origin: origin.base,
    )


def _withheld(session: Session, state: FeedState, origin: Origin) -> Iterator[bytes]:
    """Yield the signed statements about what this relay keeps back of an origin (rule 8)."""
    if state.feed is Feed.OWN or origin.is_own:
        return
    yield from session.scalars(
        select(SignedObject.body)
        .join(KeptBack, KeptBack.document == SignedObject.uid)
        .where(KeptBack.origin == origin.base, KeptBack.by == "", SignedObject.deleted_at.is_(None))
        .order_by(SignedObject.uid)
    )


def _bodies(session: Session, state: FeedState, origin: Origin) -> Iterator[bytes]:
    """Yield an origin's objects by id, tombstones only as far back as its Head covers them."""
    covers_from = spelling.parse_time(orjson.loads(origin.head or b"{}").get("tombstonesFrom"))
    rows = (
        select(SignedObject.body)
        .where(
            SignedObject.origin_id == origin.id,
            state.number.is_not(None),
            or_(SignedObject.deleted_at.is_(None), SignedObject.deleted_at >= covers_from),
        )
        .order_by(SignedObject.uid)
    )
    yield from session.scalars(rows, execution_options={"yield_per": ROWS_AT_ONCE})
