"""The sequence numbers of this site's feeds: dense, given out under the lock of the own row."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide_federation.protocol.errors import Maintenance
from entraide_federation.store.models import Own

OWN_ID = 1
"""The key of the one row of `federation_own`."""


def lock_own(session: Session) -> Own:
    """Return the own row, locked until the transaction ends.

    Raises Maintenance before `entraide federation init`.
    """
    # The row may sit in the session from before the lock: only what is read under it counts.
    own = session.scalar(
        select(Own)
        .where(Own.id == OWN_ID)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if own is None:
        raise Maintenance("This site has no federation keys yet. Run: entraide federation init")
    return own


def next_numbers(session: Session, count: int) -> range:
    """Return the next `count` numbers of the own feed; committed with the caller's transaction."""
    return _advance(lock_own(session), "seq", count)


def next_feed_numbers(session: Session, count: int) -> range:
    """Return the next `count` numbers of the aggregate feed, which only a relay serves."""
    return _advance(lock_own(session), "feed_seq", count)


def _advance(own: Any, counter: Literal["seq", "feed_seq"], count: int) -> range:
    first = getattr(own, counter) + 1
    setattr(own, counter, first + count - 1)
    return range(first, first + count)
