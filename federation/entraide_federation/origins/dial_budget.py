"""Which unconfirmed origins are asked when: growing pauses, and a budget for each relay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from entraide import clock
from entraide_federation.origins.confirmation import lock_feed
from entraide_federation.protocol.limits import Limits
from entraide_federation.store.models import Origin, OriginState, Source

LONGEST_PAUSE = timedelta(days=1)
HOUR = timedelta(hours=1)


def due(session: Session, limits: Limits) -> list[tuple[str, str]]:
    """Return the unconfirmed origins to ask now, longest waiting first, each with its relay.

    A relay has a budget of dials: what it names beyond that waits for the next hour.
    """
    left = {source.base: _dials_left(source, limits) for source in session.scalars(select(Source))}
    chosen = []
    for base, relay in session.execute(_waiting(limits)):
        if left.get(relay, 1) > 0:
            left[relay] = left.get(relay, 1) - 1
            chosen.append((base, relay))
    return chosen


def _waiting(limits: Limits) -> Select[str, str]:
    """Return the query for unconfirmed origins that are due, each with the relay that named it."""
    now = clock.now()
    # A time that lies further ahead than any pause was set while the clock was ahead.
    is_due = or_(
        Origin.dial_at.is_(None), Origin.dial_at <= now, Origin.dial_at > now + LONGEST_PAUSE
    )
    return (
        select(Origin.base, Origin.met_through)
        .where(
            Origin.is_own.is_(False),
            Origin.confirmed_at.is_(None),
            Origin.keyset_version > 0,
            Origin.state != OriginState.DROPPED,
            Origin.suspended_at.is_(None),
            is_due,
            or_(Origin.met_at.is_(None), Origin.met_at > now - limits.confirmation),
        )
        .order_by(Origin.dial_at.is_not(None), Origin.dial_at, Origin.id)
    )


def _dials_left(source: Source, limits: Limits) -> int:
    is_used = source.dials_since is not None and clock.is_within(source.dials_since, HOUR)
    return limits.dials_per_relay - (source.dials if is_used else 0)


def count_dial(session: Session, origin: Origin, limits: Limits) -> None:
    """Count one question to an origin, on it and on its relay; the next comes twice as late.

    `origin` is as it was read; one that is gone meanwhile counts nothing.
    """
    pause = timedelta(seconds=2 * limits.min_poll_seconds) * 2 ** min(origin.dials, 20)
    counted = {"dials": origin.dials + 1, "dial_at": clock.now() + min(pause, LONGEST_PAUSE)}
    lock_feed(session)
    session.execute(update(Origin).where(Origin.id == origin.id).values(counted))
    relay = session.get(Source, origin.met_through, with_for_update=True)
    if relay is None:
        return
    if relay.dials_since is None or not clock.is_within(relay.dials_since, HOUR):
        relay.dials_since, relay.dials = clock.now(), 0
    relay.dials += 1


def count_of_relay(session: Session, relay: str) -> int:
    """Return how many origins that only this relay named wait here."""
    waiting = (
        select(func.count())
        .select_from(Origin)
        .where(Origin.is_own.is_(False), Origin.confirmed_at.is_(None), Origin.met_through == relay)
    )
    return session.scalar(waiting) or 0
