"""Pages of the change feed: stored bytes joined, never serialised anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from entraide_federation import settings
from entraide_federation.protocol.errors import UnknownOrigin
from entraide_federation.serving.cursors import Feed
from entraide_federation.serving.feed_state import FeedState
from entraide_federation.store.models import Origin, SignedObject


@dataclass(frozen=True)
class PageRequest:
    """What a reader asks for: after which cursor, how many, of which origin (relays only)."""

    since: str | None
    limit: int
    origin: str | None


def page(session: Session, state: FeedState, asked: PageRequest) -> bytes:
    """Return one page; `items`, `next`, `more` and `head` come from the session's one state.

    Raises BadCursor, CursorUnknown, CursorExpired and UnknownOrigin.
    """
    after = state.read_cursor(session, asked.since) if asked.since is not None else 0
    rows = _rows(session, state, after, asked)
    fitting = _fit(rows[: asked.limit])
    has_more = len(fitting) < len(rows)
    last = fitting[-1][0] if has_more else state.seq
    members = [
        b'"items":[' + b",".join(body for _number, body in fitting) + b"]",
        b'"more":' + orjson.dumps(has_more),
        b'"next":' + orjson.dumps(state.cursor(last)),
        b'"since":' + orjson.dumps(asked.since),
    ]
    if state.feed is Feed.OWN and not has_more:
        members.insert(0, b'"head":' + state.head)
    return b"{" + b",".join(members) + b"}"


def require_served(session: Session, base: str) -> Origin:
    """Return an origin of which this site speaks, by its exact base URL; raise UnknownOrigin.

    Of one that is unconfirmed or suspended it says no more than of one that it never met.
    """
    origin = session.scalar(select(Origin).where(Origin.base == base))
    if origin is None or not origin.is_served:
        raise UnknownOrigin(f"Nothing of {base} is known here.")
    return origin


def _rows(
    session: Session, state: FeedState, after: int, asked: PageRequest
) -> Sequence[tuple[int, bytes]]:
    """Return one row more than asked for, so that `more` is known."""
    own: Any = select(state.number.label("number"), SignedObject.body).where(state.number > after)
    rows = own
    if state.feed is Feed.ALL:
        heads = select(Origin.head_feed_seq, Origin.head).where(Origin.head_feed_seq > after)
        if asked.origin is not None:
            origin = require_served(session, asked.origin)
            own = own.where(SignedObject.origin_id == origin.id)
            heads = heads.where(Origin.id == origin.id)
        both = own.union_all(heads).subquery()
        rows = select(both.c.number, both.c.body)
    ordered = rows.order_by(literal_column("number")).limit(asked.limit + 1)
    return [(number, body) for number, body in session.execute(ordered)]


def _fit(rows: Sequence[tuple[int, bytes]]) -> Sequence[tuple[int, bytes]]:
    """Return the rows that fit into a page of bytes; the first always does."""
    room = settings.limits().page_bytes - _FRAME_BYTES
    for index, (_number, body) in enumerate(rows):
        room -= len(body) + 1
        if room < 0 and index:
            return rows[:index]
    return rows


_FRAME_BYTES = 16 * 1024 + 512
"""Room for the Head and the cursors around the items."""
