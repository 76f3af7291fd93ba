"""The cure of a feed that holds two addresses, after a start under a wrong one."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from entraide import Listing, ListingRow, remove_listings, store_listings
from entraide_federation import settings
from entraide_federation.keys import identity, own_keys
from entraide_federation.publishing import own_head
from entraide_federation.store import health
from entraide_federation.store.models import Origin, SignedObject
from entraide_federation.store.numbering import lock_own

log = structlog.get_logger("entraide.federation")

BATCH = 500


def find_strangers(session: Session) -> list[str]:
    """Return the ids of own objects that lie under another address than this site's."""
    own = session.scalar(select(Origin).where(Origin.is_own))
    if own is None:
        return []
    of_own = SignedObject.origin_id == own.id
    is_ours = SignedObject.uid.startswith(f"{own.base}/", autoescape=True)
    return list(session.scalars(select(SignedObject.uid).where(of_own, ~is_ours)))


def is_ruined(session: Session) -> bool:
    """Return whether the own feed holds two addresses, or a Head of another one."""
    own = session.scalar(select(Origin).where(Origin.is_own))
    return own is not None and (_has_strange_head(own) or bool(find_strangers(session)))


def heal(session: Session) -> int:
    """Take out of the own feed what was signed under another address; return how many went.

    No reader has taken any of it. The next number makes the new Head follow whatever Head was
    signed over both; the rows of this site's own lists go back to its address.
    """
    own_row = lock_own(session)
    origin = session.scalars(select(Origin).where(Origin.is_own)).one()
    strangers = find_strangers(session)
    _move_listings(session, origin.base)
    if not strangers and not _has_strange_head(origin):
        return 0
    signer = identity.load()
    own_keys.require_listed(own_keys.load_own(session), signer)
    for start in range(0, len(strangers), BATCH):
        batch = strangers[start : start + BATCH]
        session.execute(delete(SignedObject).where(SignedObject.uid.in_(batch)))
    own_row.seq += 1
    own_head.issue(session, own_row, origin, signer, is_changed=True)
    if settings.current().is_hub:
        health.number_rows(session, [], [origin.id])
    log.warning("federation-feed-healed", base=origin.base, removed=len(strangers))
    return len(strangers)


def _has_strange_head(origin: Origin) -> bool:
    return origin.head is not None and orjson.loads(origin.head)["origin"] != origin.base


def _move_listings(session: Session, base: str) -> None:
    """Name the rows of our own lists by our address; those that are there already win."""
    is_own = Listing.origin.is_(None)
    is_ours = Listing.uid.startswith(f"{base}/", autoescape=True)
    strange = session.scalars(select(Listing).where(is_own, ~is_ours)).all()
    if not strange:
        return
    known = set(session.scalars(select(Listing.uid).where(is_own, is_ours)))
    moved = [row for row in map(_row_at(base), strange) if row["uid"] not in known]
    remove_listings(session, [row.uid for row in strange])
    store_listings(session, moved)


def _row_at(base: str) -> Any:
    def move(listing: Listing) -> ListingRow:
        row: Any = {name: getattr(listing, name) for name in ListingRow.__annotations__}
        row["uid"] = _at(base, listing.uid)
        if listing.organisation:
            row["organisation"] = {
                **listing.organisation,
                "id": _at(base, str(listing.organisation["id"])),
            }
        return row  # type: ignore[no-any-return]

    return move


def _at(base: str, uid: str) -> str:
    return f"{base}/federation/o/{uid.rpartition('/')[2]}"
