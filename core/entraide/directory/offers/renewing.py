"""Rows follow their kinds: renamed ones, newer versions, closed fields, a workflow that came later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import list_offer
from entraide.directory.models import Offer, Publication
from entraide.directory.payloads.values import stored_parts
from entraide.directory.payloads.versions import UpcastFailed
from entraide.kinds import Kind

log = structlog.get_logger("entraide.offers")

AT_ONCE = 500


def renew_offers(session: Session) -> int:
    """Bring every offer to what its kind is today; return how many changed.

    Asked when what kinds declare has changed, before the site answers anybody. One whose upcast
    fails stays as it is; it is told, and read through the upcast again each time.
    """
    changed = 0
    for kind in list(runtime.current().kinds.values()):
        _index_again(session, kind)
        for offer in _offers_of(session, kind):
            changed += _renew_offer(session, kind, offer)
    return changed


def _renew_offer(session: Session, kind: Kind, offer: Offer) -> bool:
    is_changed = renew(kind, offer)
    states = kind.workflow.names if kind.workflow else set()
    if kind.workflow and offer.state not in states:
        # The workflow came after the offer, or has lost its state: no step would lead on.
        offer.state, is_changed = kind.workflow.initial, True
    if is_changed:
        offer.updated_at, offer.revision = clock.now(), offer.revision + 1
    if is_changed or offer.publication == Publication.PUBLIC:
        list_offer(session, offer)
    return is_changed


def renew(kind: Kind, row: Any) -> bool:
    """Bring an offer or a request to its kind's name, version and marks; tell whether it changed."""
    before = (row.kind, row.payload, row.details)
    try:
        row.payload, row.details = stored_parts(kind, row.payload, row.details)
    except UpcastFailed as error:
        log.warning("not-renewed", plugin=kind.plugin, row=str(row.id), error=str(error))
    row.kind = kind.name
    return before != (row.kind, row.payload, row.details)


def _offers_of(session: Session, kind: Kind) -> Iterator[Offer]:
    ours = Offer.kind.in_((kind.name, *kind.formerly))
    identifiers = session.scalars(select(Offer.id).where(ours).order_by(Offer.id)).all()
    for start in range(0, len(identifiers), AT_ONCE):
        page = select(Offer).where(Offer.id.in_(identifiers[start : start + AT_ONCE]))
        yield from session.scalars(page.order_by(Offer.id)).all()


def _index_again(session: Session, kind: Kind) -> None:
    """Name what came from other sites like today, and let each machine's index read it anew."""
    names = Listing.kind == kind.name, Listing.kind.in_(kind.formerly)
    others = update(Listing).where(Listing.origin.is_not(None), or_(*names))
    session.execute(others.values(kind=kind.name, position=None))
