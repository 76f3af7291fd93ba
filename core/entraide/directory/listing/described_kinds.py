"""What kinds of help are called and ask, kept as data: ours while their plugin is off, others'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

import structlog
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.directory.listing.addresses import uid_of
from entraide.directory.listing.models import DescribedKind, Listing
from entraide.directory.payloads.described_words import fit_for_pages
from entraide.directory.payloads.descriptions import (
    Document,
    KindDescription,
    describe,
    read_description,
)
from entraide.event_types import ListingChanged
from entraide.ids import new_id
from entraide.outbox import record

log = structlog.get_logger("entraide.kinds")

OWN = ""
"""Stands for this site where another one has its address."""

MOST_KINDS = 100
"""Kinds of one other site that are described here."""

Descriptions = Mapping[tuple[str, str], KindDescription]
"""By the address of a site (`OWN`: this one) and the name of a kind; each rules its own offers only."""

OfSite = tuple[str | None, str | None]
"""A site, None for ours, and a kind of it."""


class DescribedKindRow(TypedDict):
    """A description before it is stored; `uid` is its address everywhere, `origin` its site's.

    `document` is `{"kind", "schemaVersion", "languages", "label", "fields"}` as the protocol has them.
    """

    uid: str
    origin: str
    document: Document
    updated_at: datetime


def store_described_kinds(session: Session, rows: Sequence[DescribedKindRow]) -> None:
    """Keep what other sites say of their kinds, as far as pages show it; the others are removed."""
    left_out = [row["uid"] for row in rows if not _store(session, row)]
    if left_out:
        log.info("kinds-not-described", count=len(left_out), first=left_out[0])


def _store(session: Session, row: DescribedKindRow) -> bool:
    """Keep one description; return whether pages show anything of it."""
    document = fit_for_pages(row["document"])
    known = session.get(DescribedKind, row["uid"])
    is_shown = document is not None and (known is not None or not _is_full(session, row["origin"]))
    if document is not None and is_shown:
        known = known or DescribedKind(uid=row["uid"], origin=row["origin"])
        session.add(_fill(known, document, row["updated_at"]))
    elif known is not None:
        session.delete(known)
    session.flush()
    return is_shown


def _is_full(session: Session, origin: str) -> bool:
    count = select(func.count()).select_from(DescribedKind).where(DescribedKind.origin == origin)
    return (session.scalar(count) or 0) >= MOST_KINDS


def _fill(row: DescribedKind, document: Document, updated_at: datetime) -> DescribedKind:
    # Another site may not know yet how a kind is called today; rows of the listing follow too.
    row.kind = runtime.kind_name(document["kind"])
    row.document, row.updated_at = document, updated_at
    return row


def describe_own_kinds(session: Session) -> None:
    """Keep what the kinds that are on are called and ask, for the time when they are off.

    A kind that was renamed keeps its row, and so its address.
    """
    rows = {row.kind: row for row in own_described(session)}
    for kind in runtime.current().kinds.values():
        row = next((rows[name] for name in (kind.name, *kind.formerly) if name in rows), None)
        document = describe(kind)
        if row is None or row.document != document:
            row = row or DescribedKind(uid=uid_of(new_id()), origin=OWN)
            session.add(_fill(row, document, clock.now()))
            session.flush()
            record(session, ListingChanged(identifier_of(row), "kind"))


def identifier_of(row: DescribedKind) -> UUID:
    """Return the last part of a description's address, which stays when the site moves."""
    return UUID(row.uid.rpartition("/")[2])


def own_described(session: Session) -> Sequence[DescribedKind]:
    """Return every description of a kind of this site."""
    return session.scalars(select(DescribedKind).where(DescribedKind.origin == OWN)).all()


def descriptions_of(session: Session, kinds: Iterable[OfSite]) -> Descriptions:
    """Return what is kept of these kinds where no plugin that is on declares them, in one query.

    In none when all of them are on: the plugin says more, and it is this site's own.
    """
    known = runtime.current().kinds
    pairs = {(origin or OWN, kind) for origin, kind in kinds if kind and kind not in known}
    if not pairs:
        return {}
    pair = tuple_(DescribedKind.origin, DescribedKind.kind)
    kept = select(DescribedKind).where(pair.in_(pairs))
    # Of two for one kind the later one counts.
    ordered = kept.order_by(DescribedKind.updated_at, DescribedKind.uid)
    return {
        (row.origin, row.kind): read_description(row.document) for row in session.scalars(ordered)
    }


def descriptions_for(session: Session, *rows: Listing) -> Descriptions:
    """Return what is kept of the kinds of these rows; see `descriptions_of`."""
    return descriptions_of(session, [(row.origin, row.kind) for row in rows])


def find_description(
    descriptions: Descriptions, of_site: OfSite, payload: Mapping[str, Any] | None
) -> KindDescription | None:
    """Return what is kept of a kind, unless the payload is of another version."""
    origin, kind = of_site
    description = descriptions.get((origin or OWN, kind or ""))
    return description if description is not None and description.fits(payload) else None
