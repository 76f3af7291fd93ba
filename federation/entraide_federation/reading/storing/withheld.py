"""What a relay says that it keeps back: followed here, and told to the operator (rules 1 and 18)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from entraide_federation.protocol import spelling
from entraide_federation.protocol.objects import Counted
from entraide_federation.protocol.types import WITHHELD
from entraide_federation.reading import sources
from entraide_federation.store import kept_back
from entraide_federation.store.models import KeptBack, Origin
from entraide_federation.withholding import decisions


def follow(session: Session, relay: str, items: Iterable[Counted]) -> None:
    """Follow the `Withheld` and the Tombstones among a relay's own objects that were just stored."""
    for item in items:
        _end(session, relay, [item.id])
        is_sound = item.problem is None and item.type == WITHHELD.name
        if is_sound and WITHHELD.find_mistake(item.document) is None:
            _begin(session, relay, item)


def forget(session: Session, relay: str, documents: Sequence[str]) -> None:
    """Forget what a relay no longer publishes."""
    _end(session, relay, documents)


def _begin(session: Session, relay: str, item: Counted) -> None:
    document = item.document
    target = document["target"]
    origin = spelling.origin_of(target, development=relay.startswith("http:")) or target
    row = session.get(KeptBack, (target, relay)) or KeptBack(uid=target, by=relay)
    row.origin, row.reason, row.document = origin, document["reason"], item.id
    row.since = spelling.parse_time(document["since"]) or row.since
    row.version, row.element = document["targetVersion"], bytes.fromhex(document["element"])
    session.add(row)
    session.flush()
    if origin in (sources.own_base(), relay) or not kept_back.binds_here(session, target, relay):
        return
    if target != origin:
        kept_back.unlist(session, [target])
        return
    known = session.scalar(select(Origin).where(Origin.base == origin))
    if known is not None:
        decisions.suspend(session, known, decisions.RELAY)


def _end(session: Session, relay: str, documents: Sequence[str]) -> None:
    """Forget rows; their objects are judged again with the next poll of the same pull."""
    ended = KeptBack.by == relay, KeptBack.document.in_(documents)
    origins = session.scalars(select(KeptBack.uid).where(*ended, KeptBack.uid == KeptBack.origin))
    for base in origins.all():
        known = session.scalar(select(Origin).where(Origin.base == base))
        if known is not None and known.suspended_reason == decisions.RELAY:
            decisions.unsuspend(session, known)
    session.execute(delete(KeptBack).where(*ended))
