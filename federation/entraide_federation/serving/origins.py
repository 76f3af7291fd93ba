"""What is answered about origins: their Heads, Keysets and witnesses, and this site's objects."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import runtime
from entraide_federation import settings
from entraide_federation.keys import own_keys
from entraide_federation.protocol.errors import Maintenance, UnknownOrigin
from entraide_federation.serving.changes import require_served
from entraide_federation.serving.cursors import Feed
from entraide_federation.serving.feed_state import FeedState, not_yet_seconds
from entraide_federation.store import site_names
from entraide_federation.store.models import KeysetVersion, Origin, SignedObject


def widest_feed() -> Feed:
    """Return the feed with everything that this site serves."""
    return Feed.ALL if settings.current().is_hub else Feed.OWN


def write_heads(session: Session, state: FeedState) -> bytes:
    """Return `{"cursor","heads"}`: a relay's latest Head of each origin, else the own one alone."""
    heads: Iterable[bytes | None] = [state.head]
    if state.feed is Feed.ALL:
        served = select(Origin.base, Origin.head).where(Origin.head_feed_seq.is_not(None))
        heads = [row.head for row in sorted(session.execute(served), key=lambda row: row.base)]
    return b'{"cursor":%b,"heads":%b}' % (orjson.dumps(state.cursor(state.seq)), _join(heads))


def witness(session: Session, base: str) -> bytes:
    """Return the highest Head seen of an origin; raise UnknownOrigin when none was."""
    origin = require_served(session, base)
    seen = origin.witnessed or origin.head
    if seen is None:
        raise UnknownOrigin(f"No Head of {base} was seen here.")
    return seen


def own_keyset(session: Session) -> bytes:
    """Return this site's current Keyset; raise Maintenance before there is one."""
    body = own_keys.newest_body(session)
    if body is None:
        raise Maintenance("This site has no keys yet.", retry_after=not_yet_seconds())
    return body


def write_keysets(session: Session, base: str | None, after: int) -> bytes:
    """Return `{"keysets","name"}` of an origin (default: this site): those after a version, in order.

    The name is unsigned and told of this site alone: nobody believes what a relay calls others.
    """
    origin = require_served(session, base or runtime.current().settings.site.base_url)
    bodies = session.scalars(
        select(KeysetVersion.body)
        .where(KeysetVersion.origin_id == origin.id, KeysetVersion.version > after)
        .order_by(KeysetVersion.version)
        .limit(settings.limits().page)
    )
    name = site_names.name_of(origin) if origin.is_own else ""
    member = b',"name":%b' % orjson.dumps(name) if name else b""
    return b'{"keysets":%b%b}' % (_join(bodies), member)


def find_own(session: Session, name: str) -> SignedObject | None:
    """Return one of this site's objects by the last part of its id."""
    base = runtime.current().settings.site.base_url
    return session.scalar(
        select(SignedObject)
        .join(Origin)
        .where(SignedObject.uid == f"{base}/federation/o/{name}", Origin.is_own)
    )


def _join(bodies: Iterable[bytes | None]) -> bytes:
    return b"[" + b",".join(body or b"" for body in bodies) + b"]"
