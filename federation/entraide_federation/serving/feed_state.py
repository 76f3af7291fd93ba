"""Where a feed stands: its epoch, its last number, and whether a reader's cursor fits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide_federation import settings
from entraide_federation.keys import identity
from entraide_federation.protocol import heads
from entraide_federation.protocol.errors import CursorExpired, CursorUnknown, Maintenance
from entraide_federation.serving import cursors
from entraide_federation.serving.cursors import Feed
from entraide_federation.store.models import Origin, Own, SignedObject

_HORIZONS: runtime.Slot[dict[Any, int]] = runtime.Slot("horizons of its feeds", dict)
NOT_YET_SECONDS = 60


@dataclass(frozen=True)
class FeedState:
    """One feed in one read transaction; `head` is this site's own, as signed bytes."""

    feed: Feed
    epoch: str
    seq: int
    head: bytes
    issued_at: datetime
    tombstones_from: datetime

    @property
    def token(self) -> str:
        """Return what changes whenever any answer of this feed does."""
        return f"{self.feed.name} {self.epoch} {self.seq} {self.issued_at.timestamp()}"

    @property
    def number(self) -> SQLColumnExpression[Any]:
        """Return the column that numbers this feed's objects."""
        return SignedObject.seq if self.feed is Feed.OWN else SignedObject.feed_seq

    def cursor(self, seq: int) -> str:
        """Return the cursor after number `seq`."""
        return cursors.encode(identity.cursor_key(), self.feed, self.epoch, seq)

    def read_cursor(self, session: Session, cursor: str) -> int:
        """Return the number in a reader's cursor.

        Raises BadCursor, then CursorUnknown (another epoch, or ahead of us), then CursorExpired.
        """
        epoch, seq = cursors.decode(identity.cursor_key(), cursor, self.feed)
        scope = self.feed.name.lower()
        snapshot = f"/federation/v1/snapshot?scope={scope}"
        if epoch != self.epoch or seq > self.seq:
            raise CursorUnknown("Read the snapshot.", snapshot=snapshot)
        if seq < self._horizon_seq(session):
            days = settings.limits().horizon_days
            raise CursorExpired("Read the snapshot.", horizonDays=days, snapshot=snapshot)
        return seq

    def _horizon_seq(self, session: Session) -> int:
        """Return the number of the last deletion that the feed need not tell any more.

        It changes once a day at most, so each process asks once a day.
        """
        start = self.tombstones_from
        if self.feed is Feed.ALL:
            start = heads.tombstones_from(clock.now(), None, settings.limits())
        known = _HORIZONS.get()
        key = (self.feed, self.epoch, start)
        if key not in known:
            known.clear()
            past = select(func.max(self.number)).where(SignedObject.deleted_at < start)
            known[key] = session.scalar(past) or 0
        return known[key]


def not_yet_seconds() -> int:
    """Return how soon a reader may come back: a minute, or the next poll when that is sooner."""
    return min(NOT_YET_SECONDS, settings.current().poll_seconds)


def load(session: Session, feed: Feed) -> FeedState:
    """Return where a feed stands; raise Maintenance before the first Head."""
    row = session.execute(
        select(Own, Origin.head, Origin.head_issued_at)
        .select_from(Own)
        .join(Origin, Origin.is_own.is_(True))
    ).first()
    if row is None or row.head is None:
        raise Maintenance(
            "Nothing is published here yet. Come back in a minute.", retry_after=not_yet_seconds()
        )
    own: Own = row.Own
    epoch, seq = (own.epoch, own.seq) if feed is Feed.OWN else (own.feed_epoch, own.feed_seq)
    return FeedState(feed, epoch, seq, row.head, row.head_issued_at, own.tombstones_from)
