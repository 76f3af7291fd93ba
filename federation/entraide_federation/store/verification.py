"""Recomputing roots: whether the stored objects are what each signed Head says."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide_federation.protocol import heads, profile
from entraide_federation.store.models import KeptBack, Origin, SignedObject


@dataclass(frozen=True)
class RootCheck:
    """One origin: the root of its stored bytes and whether its Head says the same."""

    origin: str
    objects: int
    root: str
    is_equal: bool


def check_roots(session: Session) -> list[RootCheck]:
    """Recompute every root from the stored bytes themselves, not from their stored hashes."""
    known = session.scalars(select(Origin).where(Origin.head.is_not(None)).order_by(Origin.base))
    return [_check(session, origin) for origin in known]


def _check(session: Session, origin: Origin) -> RootCheck:
    head = heads.read_head(orjson.loads(origin.head or b"{}"))
    rows = session.execute(
        select(
            SignedObject.uid, SignedObject.version, SignedObject.body, SignedObject.deleted_at
        ).where(SignedObject.origin_id == origin.id),
        execution_options={"yield_per": 1000},
    )
    elements = {
        row.uid: (row.version, profile.element(row.uid, row.version, row.body))
        for row in rows
        if row.deleted_at is None or row.deleted_at >= head.tombstones_from
    }
    count = len(elements)
    for uid, withheld in _withheld(session, origin.base):
        elements[uid] = max(withheld, elements.get(uid, withheld))
    root = heads.root(element for _version, element in elements.values())
    return RootCheck(origin.base, count, root, root == head.root)


def _withheld(session: Session, base: str) -> list[tuple[str, tuple[int, bytes]]]:
    """Return what relays say they keep back of an origin: it explains what is missing here."""
    rows = session.execute(
        select(KeptBack.uid, KeptBack.version, KeptBack.element).where(
            KeptBack.origin == base, KeptBack.by != "", KeptBack.uid != base
        )
    )
    return [(row.uid, (row.version, row.element)) for row in rows]
