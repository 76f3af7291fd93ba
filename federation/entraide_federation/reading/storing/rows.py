"""What is stored of the objects of an origin, without their bodies: enough to compare and count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import case, select
from sqlalchemy.orm import Session

from entraide_federation.protocol import heads, objects, types
from entraide_federation.protocol.objects import Counted
from entraide_federation.protocol.spelling import parse_time
from entraide_federation.store.models import SignedObject

Rank = tuple[bool, int, bool, bytes]
"""What `Counted.rank` gives: terminal, version, Tombstone, element; the greater wins."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is stored of one object, without its body."""

    rank: Rank
    deleted_at: datetime | None

    @property
    def is_terminal(self) -> bool:
        """Return whether the object is dead for ever."""
        return self.rank[0]

    @property
    def version(self) -> int:
        """Return the version."""
        return self.rank[1]

    @property
    def is_tombstone(self) -> bool:
        """Return whether the object is dead."""
        return self.rank[2]

    @property
    def element(self) -> bytes:
        """Return the element hash."""
        return self.rank[3]

    def counts(self, head: heads.Head) -> bool:
        """Return whether the root of a Head covers the object: old deaths are left out."""
        return self.deleted_at is None or self.deleted_at >= head.tombstones_from


def load_rows(session: Session, origin_id: int) -> dict[str, Row]:
    """Return what is stored of an origin, by id."""
    is_tombstone = SignedObject.type == types.TOMBSTONE.name
    body = case((is_tombstone, SignedObject.body))
    columns = (
        SignedObject.uid,
        SignedObject.version,
        SignedObject.element,
        SignedObject.deleted_at,
        body,
    )
    rows = session.execute(select(*columns).where(SignedObject.origin_id == origin_id))
    return {
        uid: Row((_is_terminal(dead), version, dead is not None, element), deleted_at)
        for uid, version, element, deleted_at, dead in rows
    }


def row_of(item: Counted) -> Row:
    """Return what would be stored of an object."""
    deleted = parse_time(item.document.get("deleted")) if item.is_tombstone else None
    return Row(item.rank, deleted)


def _is_terminal(body: bytes | None) -> bool:
    return body is not None and objects.is_terminal_reason(orjson.loads(body).get("reason"))
