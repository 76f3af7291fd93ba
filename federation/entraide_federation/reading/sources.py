"""The peers that this site pulls: rows from its settings, which are due, and a person's release."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from entraide import runtime
from entraide_federation.origins import confirmation, forgetting
from entraide_federation.protocol.keysets import read_keyset
from entraide_federation.store.models import KeysetVersion, Origin, OriginState, Source
from entraide_federation.withholding import decisions

"""State of an origin whose held removals a person has accepted; it lasts until the next pull."""


def own_base() -> str:
    """Return the origin of the running site, whose objects are never taken from outside (R4)."""
    return runtime.current().settings.site.base_url


def sync_configured(session: Session, settings: Mapping[str, Any]) -> None:
    """Make the rows agree with the configured peers: `{"base", "role", "root"?, "quota"?}` each.

    A peer that is no longer listed is suspended, not forgotten: nothing of it is shown or relayed
    until it is listed again, and after 30 days its objects are deleted (rule 18).
    A configured root fingerprint becomes the pin, also where another root was trusted before.
    """
    peers = {peer["base"]: peer for peer in settings.get("peers") or ()}
    peers.pop(own_base(), None)
    confirmation.lock_feed(session)
    before = _roles(session)
    _suspend_removed(session, peers)
    for base, peer in peers.items():
        _configure(session, base, peer)
    session.flush()
    if before != _roles(session):
        decisions.follow_sources(session)


def _configure(session: Session, base: str, peer: Mapping[str, Any]) -> None:
    """Make the source and the origin of a peer what its settings say."""
    source = session.get(Source, base)
    if source is None:
        session.add(Source(base=base, role=peer["role"]))
    elif source.role != peer["role"]:
        source.role, source.cursor, source.etag = peer["role"], None, None
    _pin(session, base, peer)
    session.flush()
    _take_back(session, base)


def _suspend_removed(session: Session, peers: Collection[str]) -> None:
    """Forget the sources that are no longer listed, and suspend their origins."""
    for gone in session.scalars(select(Source).where(Source.base.not_in(list(peers)))):
        origin = session.scalar(select(Origin).where(Origin.base == gone.base))
        session.delete(gone)
        session.flush()
        if origin is not None:
            decisions.suspend(session, origin, decisions.REMOVED)


def _roles(session: Session) -> dict[str, str]:
    return {row.base: row.role for row in session.execute(select(Source.base, Source.role))}


def _take_back(session: Session, base: str) -> None:
    """Show and relay a peer again that was only taken out of the settings for a while."""
    origin = session.scalar(select(Origin).where(Origin.base == base))
    if origin is not None and origin.suspended_reason in (decisions.REMOVED, decisions.RELAY):
        decisions.unsuspend(session, origin)


def _pin(session: Session, base: str, peer: Mapping[str, Any]) -> None:
    root, quota = peer.get("root"), peer.get("quota")
    origin = session.scalar(select(Origin).where(Origin.base == base))
    if origin is None:
        if not root and not quota:
            return
        origin = Origin(base=base)
        session.add(origin)
    origin.quota = quota
    if root:
        if root != origin.root_fingerprint:
            _leave_other_roots(session, origin, root)
        origin.root_fingerprint, origin.pinned_by = root, "configuration"
        session.flush()
        confirmation.accept(session, origin)


def _leave_other_roots(session: Session, origin: Origin, root: str) -> None:
    """Forget Keysets that a newly configured pin contradicts: trust begins anew from the pin.

    What was read stays; whatever comes next is taken only under a Keyset of the pinned root.
    """
    of_origin = KeysetVersion.origin_id == origin.id
    bodies = select(KeysetVersion.body).where(of_origin).order_by(KeysetVersion.version)
    signed = [root in _fingerprints(body) for body in session.scalars(bodies)]
    # Each follows from the one before: what the pinned root signed vouches for all after it.
    if not signed or signed[0] or (origin.is_confirmed and any(signed)):
        return
    if not origin.is_confirmed:
        if not any(signed):
            confirmation.accuse(session, origin.base, origin.met_through)
        forgetting.forget(session, origin)
        forgetting.read_relays_again(session)
        return
    session.execute(delete(KeysetVersion).where(of_origin))
    origin.keyset_version, origin.keyset_checked_at = 0, None
    session.execute(update(Source).where(Source.base == origin.base).values(cursor=None, etag=None))
    if origin.state == OriginState.FROZEN:
        # The new pin is the decision that it waited for.
        release(session, origin.base)


def _fingerprints(keyset: bytes) -> frozenset[str]:
    is_development = runtime.current().settings.development
    return read_keyset(orjson.loads(keyset), development=is_development).fingerprints


def due(session: Session, now: datetime) -> list[str]:
    """Return the bases whose time has come: who answered last time first, then by waiting.

    One that was asked later than now was asked while the clock was ahead: its next time means
    nothing any more.
    """
    waiting = or_(
        Source.next_at.is_(None),
        Source.next_at <= now,
        Source.last_success_at > now,
        Source.error_at > now,
    )
    order = (_is_doubtful(), Source.next_at.is_not(None), Source.next_at, Source.base)
    return list(session.scalars(select(Source.base).where(waiting).order_by(*order)))


def doubtful(session: Session) -> set[str]:
    """Return the bases that did not answer last time, or were never asked."""
    return set(session.scalars(select(Source.base).where(_is_doubtful())))


def _is_doubtful() -> ColumnElement[bool]:
    return or_(Source.failures > 0, Source.last_success_at.is_(None))


def release(session: Session, base: str) -> None:
    """Let a person's decision stand: unfreeze a peer or an origin, accept what was held.

    What was known of its Heads is forgotten, and the next pull reads the snapshot again.
    """
    source = session.get(Source, base)
    if source is not None:
        source.state, source.failures, source.next_at = "new", 0, None
        source.accusation, source.accused_at = "", None
    origin = session.scalar(select(Origin).where(Origin.base == base))
    if origin is not None and not origin.is_own:
        origin.state, origin.reason = OriginState.RELEASED, ""
        origin.head = origin.witnessed = None
        if not origin.is_confirmed:
            confirmation.start_again(origin)
    # An origin may come through any relay, so every source reads its snapshot once more.
    for source in session.scalars(select(Source)):
        source.cursor, source.etag = None, None
