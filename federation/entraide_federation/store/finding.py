"""Finding a stored object by what a person has at hand."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide_federation.protocol import types
from entraide_federation.store.models import Origin, SignedObject


def find(session: Session, named: str) -> tuple[SignedObject, Origin] | None:
    """Return a stored object and its origin by id, by the address of a page of it, or by its UUID."""
    identifier = (
        named.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rstrip("/").rpartition("/")[2]
    )
    exact = SignedObject.uid == named
    ending = SignedObject.uid.endswith(f"/federation/o/{identifier}", autoescape=True)
    for condition in (exact, ending):
        row = session.execute(
            select(SignedObject, Origin)
            .join(Origin, Origin.id == SignedObject.origin_id)
            .where(condition, SignedObject.type.in_((*types.SHOWN, types.TOMBSTONE.name)))
        ).first()
        if row is not None:
            return row.SignedObject, row.Origin
    return None
