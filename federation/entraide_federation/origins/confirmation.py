"""Origins that only a relay named: what is known of them waits until they have spoken themselves.

A relay can make keys for any address. So whatever came through one stays stored, neither shown
nor relayed, until the origin was asked at its own address and answered with the same keys, or an
operator pinned its root key (rule 14).
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import clock
from entraide_federation import settings
from entraide_federation.listing import admission
from entraide_federation.origins import forgetting
from entraide_federation.protocol.limits import Limits
from entraide_federation.store import numbering, security_events
from entraide_federation.store.models import Origin, OriginState, Own, Source

"""State of an origin that never answered: nothing of it is taken for as long again."""

FORGED = "forged-keys"
"""Reason against a relay that told of keys which their origin denies."""


def accept(session: Session, origin: Origin) -> None:
    """Believe the keys of an origin, and show and relay at once what waited for that.

    One that its relay had made us freeze begins anew: nothing of it was ever shown.
    """
    if origin.is_confirmed:
        return
    if origin.state == OriginState.FROZEN:
        forgetting.forget_objects(session, origin)
    if origin.state in (OriginState.FROZEN, OriginState.DROPPED):
        origin.state, origin.reason = "new", ""
        forgetting.read_relays_again(session)
    origin.confirmed_at, origin.dial_at = clock.now(), None
    session.flush()
    admission.serve(session, origin)


def accuse(session: Session, base: str, relay: str) -> None:
    """Name the relay that told of keys which their origin denies, until a person releases it."""
    sentence = f"it served keys of {base} which that site denies"
    source = session.get(Source, relay)
    if source is not None:
        source.accusation, source.accused_at = sentence, clock.now()
    security_events.record(session, source=relay, origin=base, name=FORGED, detail=sentence)


def drop_unanswered(session: Session, limits: Limits) -> None:
    """Drop origins that never answered for themselves, and later the memory of having done so."""
    waited = select(Origin).where(
        Origin.is_own.is_(False),
        Origin.confirmed_at.is_(None),
        Origin.met_at.is_not(None),
        Origin.base.not_in(select(Source.base)),
    )
    # Whoever was met while the clock was ahead has its days from now on.
    ahead = update(Origin).where(Origin.met_at > clock.now()).values(met_at=clock.now())
    session.execute(ahead)
    long_ago = clock.now() - limits.confirmation
    for origin in session.scalars(waited.where(Origin.met_at <= long_ago)):
        if origin.state != OriginState.DROPPED:
            forgetting.forget(session, origin)
            origin.state, origin.reason = OriginState.DROPPED, "unconfirmed"
        elif origin.met_at is not None and origin.met_at <= long_ago - limits.confirmation:
            session.delete(origin)


def start_again(origin: Origin) -> None:
    """Let a person's release give an unconfirmed origin its thirty days once more."""
    origin.met_at, origin.dials, origin.dial_at = clock.now(), 0, None


def lock(session: Session, base: str) -> Origin | None:
    """Return an origin for changing: the own row first, as every writer of a relay locks them."""
    lock_feed(session)
    return session.scalar(
        select(Origin)
        .where(Origin.base == base)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_feed(session: Session) -> None:
    """Lock the feed of a relay before any origin is changed; another site has none to lock."""
    if settings.current().is_hub and session.get(Own, numbering.OWN_ID) is not None:
        numbering.lock_own(session)
