"""Which objects of others are kept back here: by a person of this site, or by a relay it reads."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from entraide import remove_listings
from entraide_federation.store.models import KeptBack, SignedObject, Source

WITHHELD = "withheld"
"""The problem of a stored object that is kept back."""

Elements = dict[str, tuple[int, bytes]]
"""What a relay withholds: version and element by id."""


def binds() -> ColumnElement[bool]:
    """Return the condition under which a row counts here.

    What a relay says binds only who reads that relay, and not whoever reads the origin itself.
    """
    peers = select(Source.base).where(Source.role == "origin")
    is_of_relay = KeptBack.by.in_(select(Source.base)) & KeptBack.origin.not_in(peers)
    return (KeptBack.reason != "") & or_(KeptBack.by == "", is_of_relay)


def among(session: Session, uids: Sequence[str]) -> set[str]:
    """Return which of these objects are kept back."""
    return set(session.scalars(select(KeptBack.uid).where(KeptBack.uid.in_(uids), binds())))


def binds_here(session: Session, uid: str, relay: str) -> bool:
    """Return whether what a relay says of one object or origin counts here."""
    row = select(KeptBack.uid).where(KeptBack.uid == uid, KeptBack.by == relay, binds())
    return session.scalar(row) is not None


def told_of(session: Session, origin: str) -> Elements:
    """Return what relays keep back of an origin from this site: the latest version of each."""
    rows = session.execute(
        select(KeptBack.uid, KeptBack.version, KeptBack.element)
        .where(KeptBack.origin == origin, KeptBack.uid != origin, KeptBack.by != "", binds())
        .order_by(KeptBack.version)
    )
    return {row.uid: (row.version, row.element) for row in rows}


def by_relay(session: Session, relay: str, origin: str) -> Elements:
    """Return what a relay declares to keep back of an origin."""
    rows = session.execute(
        select(KeptBack.uid, KeptBack.version, KeptBack.element).where(
            KeptBack.by == relay, KeptBack.origin == origin, KeptBack.uid != origin
        )
    )
    return {row.uid: (row.version, row.element) for row in rows}


def unlist(session: Session, uids: Sequence[str]) -> None:
    """Take what is kept back out of the lists; what is dead already stays as it is."""
    remove_listings(session, uids)
    session.execute(
        update(SignedObject)
        .where(SignedObject.uid.in_(uids), SignedObject.deleted_at.is_(None))
        .values(problem=WITHHELD)
    )
