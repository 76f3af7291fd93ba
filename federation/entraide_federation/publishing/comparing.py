"""What differs between what objects should be and what is published of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide_federation.protocol import objects, profile, types
from entraide_federation.publishing.wanted import Wish
from entraide_federation.store.models import SignedObject

_VOLATILE = frozenset({"version", "created", "updated"})


@dataclass(frozen=True)
class Change:
    """A wish that differs from what is published; `row` is that, None when nothing is yet."""

    wish: Wish
    row: SignedObject | None
    content_hash: str

    @property
    def is_turning(self) -> bool:
        """Return whether the object appears or goes."""
        was_live = self.row is not None and self.row.deleted_at is None
        return was_live != (self.wish.document is not None)


def find_changes(session: Session, wishes: list[Wish]) -> list[Change]:
    """Return the wishes that differ from what is published; an edit without effect is none."""
    uids = [wish.uid for wish in wishes]
    rows = {
        row.uid: row
        for row in session.scalars(select(SignedObject).where(SignedObject.uid.in_(uids)))
    }
    return [change for wish in wishes if (change := _change(wish, rows.get(wish.uid)))]


def _change(wish: Wish, row: SignedObject | None) -> Change | None:
    content_hash = _content_hash(wish.document) if wish.document else f"gone:{wish.reason}"
    if row is None:
        return Change(wish, None, content_hash) if wish.document else None
    known = row.content_hash or ""
    if known == content_hash or known.removeprefix("gone:") in objects.TERMINAL:
        return None
    # Of what is gone already only an erasure says more: it is final and clears what others keep.
    if (
        wish.document is None
        and row.type == types.TOMBSTONE.name
        and wish.reason not in objects.TERMINAL
    ):
        return None
    return Change(wish, row, content_hash)


def _content_hash(document: Mapping[str, Any]) -> str:
    content = {name: value for name, value in document.items() if name not in _VOLATILE}
    return hashlib.sha256(profile.canonical(content)).hexdigest()
