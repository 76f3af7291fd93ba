"""What a relay adds: numbers of the aggregate feed, and the health of every origin for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import clock
from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.store import numbering, silence
from entraide_federation.store.models import Origin, OriginState, SignedObject, Source


def number_rows(session: Session, uids: Sequence[str], origins: Sequence[int]) -> None:
    """Give objects, then the Heads of these origins (by key), fresh numbers in the aggregate feed.

    Under the lock of the own row, so that the order of numbers is the order of commits; a Head
    comes after the objects that it covers. The bytes stay as they are (R5).
    """
    numbers = iter(numbering.next_feed_numbers(session, len(uids) + len(origins)))
    for uid in uids:
        session.execute(
            update(SignedObject).where(SignedObject.uid == uid).values(feed_seq=next(numbers))
        )
    for origin in origins:
        session.execute(
            update(Origin).where(Origin.id == origin).values(head_feed_seq=next(numbers))
        )


@dataclass(frozen=True)
class OriginHealth:
    """How an origin does, in words for a page; `source` is the peer through which it is read.

    `state`: new, live, stale (silent for a day), hidden (for seven), frozen, held, released or
    accused (of having told of others what these deny);
    `reason` the short code of what was refused last; `last_seen_at` when its Head was issued;
    `keys_end_at` when its Keyset expires, in the year before and afterwards.
    """

    base: str
    host: str
    name: str
    state: str
    reason: str
    last_seen_at: datetime | None
    live_count: int
    pinned_by: str
    source: str | None
    keys_end_at: datetime | None = None


def health(session: Session) -> list[OriginHealth]:
    """Return every other origin served here and how it does, by address.

    A configured peer that never answered is listed too, as new.
    """
    read = list(session.scalars(select(Source).order_by(Source.base)))
    relay = next((source.base for source in read if source.role == "hub"), None)
    accused = {source.base for source in read if source.accusation}
    rows = {source.base: _health_of_stranger(source) for source in read}
    others = session.scalars(select(Origin).where(Origin.is_own.is_(False))).all()
    # Nothing is said of whom only a relay named: there may be no such site.
    served = [origin for origin in others if origin.is_served]
    ends = _near_ends(session, [origin.base for origin in served])
    for origin in served:
        row = _health_of(origin, origin.base if origin.base in rows else relay)
        state = "accused" if origin.base in accused else row.state
        rows[origin.base] = replace(row, state=state, keys_end_at=ends.get(origin.base))
    return [rows[base] for base in sorted(rows)]


def _near_ends(session: Session, bases: Sequence[str]) -> dict[str, datetime]:
    """Return when the Keysets that end within the year, or have ended, do so, by address."""
    warned_from = clock.now() + timedelta(days=DEFAULT.keyset_warning_days)
    ends = silence.expiries(session, bases)
    return {base: end for base, end in ends.items() if end < warned_from}


def _health_of_stranger(source: Source) -> OriginHealth:
    return OriginHealth(
        source.base, _host(source.base), "", "new", source.error_name, None, 0, "", source.base
    )


def _health_of(origin: Origin, source: str | None) -> OriginHealth:
    return OriginHealth(
        origin.base,
        _host(origin.base),
        origin.name,
        _state_of(origin),
        origin.reason,
        origin.head_issued_at,
        origin.live_count,
        origin.pinned_by,
        source,
    )


def _state_of(origin: Origin) -> str:
    """Return the state as of now; silence shows at once, whenever it is next written down."""
    if origin.state not in OriginState.SHOWN or origin.head_issued_at is None:
        return origin.state
    silence = clock.now() - origin.head_issued_at
    if origin.is_hidden or silence > timedelta(days=DEFAULT.hide_after_days):
        return "hidden"
    is_old = silence > timedelta(seconds=DEFAULT.grey_after_seconds)
    # A Head is fresh no longer than the Keyset that names its key.
    is_over = origin.head_expires_at is not None and origin.head_expires_at < clock.now()
    return OriginState.STALE if is_old or is_over else OriginState.LIVE


def _host(base: str) -> str:
    return urlsplit(base).netloc
