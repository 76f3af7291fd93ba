"""Forgetting what was read or told of an origin, and where the reading of peers stood."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from entraide import store_site_name
from entraide_federation.listing import visibility
from entraide_federation.store.models import Evidence, KeysetVersion, Origin, SignedObject, Source


def forget_objects(session: Session, origin: Origin) -> None:
    """Forget what was read of an origin and where its reading stood; its keys stay."""
    visibility.unlist(session, origin.base)
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


def read_again(session: Session, base: str) -> None:
    """Let the next pull of a peer, and of every relay, bring its snapshot."""
    session.execute(update(Source).where(Source.base == base).values(cursor=None, etag=None))
    read_relays_again(session)


def read_relays_again(session: Session) -> None:
    """Let every relay's snapshot bring what was left out or forgotten."""
    relays = update(Source).where(Source.role == "hub")
    session.execute(relays.values(cursor=None, etag=None))
