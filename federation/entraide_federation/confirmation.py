"""Origins that only a relay named: what is known of them waits until they have spoken themselves.

A relay can make keys for any address. So whatever came through one stays stored, neither shown
nor relayed, until the origin was asked at its own address and answered with the same keys, or an
operator pinned its root key (rule 14).
"""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from entraide import Listing, clock, remove_listings, store_site_name
from entraide_federation import hub, numbering, security_events, settings, visibility
from entraide_federation.limits import Limits
from entraide_federation.models import (
    Evidence,
    KeptBack,
    KeysetVersion,
    Origin,
    Own,
    SignedObject,
    Source,
)

DROPPED = "dropped"
"""State of an origin that never answered: nothing of it is taken for as long again."""


def accept(session: Session, origin: Origin) -> None:
    """Believe the keys of an origin, and show and relay at once what waited for that.

    One that its relay had made us freeze begins anew: nothing of it was ever shown.
    """
    if origin.is_confirmed:
        return
    if origin.state == "frozen":
        forget_objects(session, origin)
    if origin.state in ("frozen", DROPPED):
        origin.state, origin.reason = "new", ""
        read_relays_again(session)
    origin.confirmed_at, origin.dial_at = clock.now(), None
    session.flush()
    serve(session, origin)


def serve(session: Session, origin: Origin) -> None:
    """Show what is stored of an origin, and at a relay number it, its Head last."""
    if origin.is_listed:
        visibility.show(session, origin)
    if origin.is_served and settings.current().is_hub and origin.head is not None:
        hidden = select(KeptBack.uid).where(KeptBack.by == "")
        shown = select(SignedObject.uid).where(
            SignedObject.origin_id == origin.id,
            or_(SignedObject.deleted_at.is_not(None), SignedObject.uid.not_in(hidden)),
        )
        hub.number_rows(session, session.scalars(shown).all(), [origin.id])


def unserve(session: Session, origin: Origin) -> None:
    """Take what is stored of an origin out of the lists and out of the feed, and keep it."""
    of_origin = SignedObject.origin_id == origin.id
    session.execute(update(SignedObject).where(of_origin).values(feed_seq=None))
    origin.head_feed_seq = None
    unlist(session, origin.base)


def unlist(session: Session, base: str) -> None:
    """Take everything of an origin out of the lists."""
    listed = select(Listing.uid).where(Listing.origin == base)
    remove_listings(session, session.scalars(listed).all())


def forget_objects(session: Session, origin: Origin) -> None:
    """Forget what was read of an origin and where its reading stood; its keys stay."""
    unlist(session, origin.base)
    session.execute(delete(SignedObject).where(SignedObject.origin_id == origin.id))
    session.execute(delete(Evidence).where(Evidence.origin == origin.base))
    origin.head = origin.witnessed = None
    origin.head_issued_at = origin.head_expires_at = origin.head_feed_seq = None
    origin.verified_at = None
    origin.head_seq = origin.live_count = 0


def forget(session: Session, origin: Origin) -> None:
    """Forget all that was told of an origin, its keys and its name included."""
    forget_objects(session, origin)
    session.execute(delete(KeysetVersion).where(KeysetVersion.origin_id == origin.id))
    origin.keyset_version, origin.keyset_checked_at = 0, None
    origin.root_fingerprint, origin.pinned_by = None, ""
    origin.state, origin.reason = "new", ""
    if origin.name:
        origin.name = ""
        store_site_name(session, origin.base, "")


def accuse(session: Session, origin: Origin) -> None:
    """Name the relay that told of keys which their origin denies, until a person releases it."""
    told = f"it served keys of {origin.base} which that site denies"
    relay = session.get(Source, origin.met_through)
    if relay is not None:
        relay.accusation, relay.accused_at = told, clock.now()
    security_events.record(
        session, source=origin.met_through, origin=origin.base, name="forged-keys", detail=told
    )


def read_again(session: Session, base: str) -> None:
    """Let the next pull of a peer, and of every relay, bring its snapshot."""
    session.execute(update(Source).where(Source.base == base).values(cursor=None, etag=None))
    read_relays_again(session)


def read_relays_again(session: Session) -> None:
    """Let every relay's snapshot bring what was left out or forgotten."""
    relays = update(Source).where(Source.role == "hub")
    session.execute(relays.values(cursor=None, etag=None))


def drop_unanswered(session: Session, limits: Limits) -> None:
    """Drop origins that never answered for themselves, and later the memory of having done so."""
    waited = select(Origin).where(
        Origin.is_own.is_(False),
        Origin.confirmed_at.is_(None),
        Origin.met_at.is_not(None),
        Origin.base.not_in(select(Source.base)),
    )
    long_ago = clock.now() - limits.confirmation
    for origin in session.scalars(waited.where(Origin.met_at <= long_ago)):
        if origin.state != DROPPED:
            forget(session, origin)
            origin.state, origin.reason = DROPPED, "unconfirmed"
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
