"""Our own rows in the public listing: written in the transaction of the change."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy.orm import Session

from entraide import runtime
from entraide.directory.listing.addresses import uid_of
from entraide.directory.listing.models import ListingRow
from entraide.directory.listing.store import COLUMNS, remove_listings, store_listings
from entraide.directory.models import Offer, Organisation, Publication
from entraide.directory.payloads.values import is_open, published_part
from entraide.directory.payloads.versions import UpcastFailed
from entraide.event_types import ListingChanged
from entraide.outbox import record

SHARED = tuple(name for name in COLUMNS if name in Offer.__table__.columns)
"""What a row of the listing repeats of its offer: a column that both tables have is public."""


def list_offer(session: Session, offer: Offer) -> None:
    """Make the listing agree with an offer: there while it is public and listed, else gone."""
    if is_listed(offer):
        store_listings(session, [offer_row(offer)])
    else:
        remove_listings(session, [uid_of(offer.id)])
    record(session, ListingChanged(offer.id, "offer"))


def list_organisation(session: Session, organisation: Organisation) -> None:
    """Make the listing agree with an organisation."""
    if organisation.publication == Publication.PUBLIC:
        store_listings(session, [organisation_row(organisation)])
    else:
        remove_listings(session, [uid_of(organisation.id)])
    record(session, ListingChanged(organisation.id, "organisation"))


def is_listed(offer: Offer) -> bool:
    """Return whether an offer stands in lists: public, and in a state that its workflow lists."""
    kind = runtime.current().kinds.get(offer.kind)
    if offer.publication != Publication.PUBLIC or kind is None:
        return False
    # An offer from before its kind had a workflow begins at its beginning.
    flow = kind.workflow
    return flow is None or flow.is_listed(offer.state or flow.initial)


def offer_row(offer: Offer) -> ListingRow:
    """Return the public row of an offer: what the listing and the offer both call by one name,
    and what names its site, its association and its kind's public fields.
    """  # noqa: D205 - one sentence
    organisation = offer.organisation
    row: Any = {name: getattr(offer, name) for name in SHARED} | {
        "uid": uid_of(offer.id),
        "type": "offer",
        "origin": None,
        "organisation": (
            {"id": uid_of(organisation.id), "name": organisation.name} if organisation else None
        ),
        "seats": _seats_left(offer),
        "payload": _payload(offer),
        "lang": runtime.current().settings.site.language,
    }
    return cast("ListingRow", row)


def _seats_left(offer: Offer) -> int | None:
    # Before the first flush the column has no value yet.
    return None if offer.seats is None else max(0, offer.seats - (offer.seats_taken or 0))


def _payload(offer: Offer) -> dict[str, Any]:
    kind = runtime.current().kinds.get(offer.kind)
    try:
        return published_part(kind, offer.payload) if kind else {**offer.payload}
    except UpcastFailed:
        # Kept as it is under its own version: a better release of the plugin may read it.
        return {name: offer.payload[name] for name in offer.payload if is_open(kind, name)}


def organisation_row(organisation: Organisation) -> ListingRow:
    """Return the public row of an organisation."""
    return ListingRow(
        uid=uid_of(organisation.id),
        type="organisation",
        origin=None,
        title=organisation.name,
        summary=organisation.summary,
        territory=organisation.territory,
        payload={"form": organisation.form, "url": organisation.url},
        lang=runtime.current().settings.site.language,
        created_at=organisation.created_at,
        updated_at=organisation.updated_at,
    )
