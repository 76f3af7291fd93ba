"""Our own rows in the public listing: written in the transaction of the change."""

from __future__ import annotations

from sqlalchemy.orm import Session

from entraide import runtime
from entraide.directory.listing.addresses import uid_of
from entraide.directory.listing.store import ListingRow, remove_listings, store_listings
from entraide.directory.models import Offer, Organisation, Publication
from entraide.directory.payloads.values import public_part
from entraide.events import ListingChanged
from entraide.outbox import record


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
    return kind.workflow is None or kind.workflow.is_listed(offer.state)


def offer_row(offer: Offer) -> ListingRow:
    """Return the public row of an offer."""
    organisation = offer.organisation
    return ListingRow(
        uid=uid_of(offer.id),
        type="offer",
        origin=None,
        kind=offer.kind,
        title=offer.title,
        summary=offer.summary,
        organisation=(
            {"id": uid_of(organisation.id), "name": organisation.name} if organisation else None
        ),
        territory=offer.territory,
        schedule=offer.schedule,
        places=offer.places,
        payload=public_part(runtime.current().kinds.get(offer.kind), offer.payload),
        lang=runtime.current().settings.site.language,
        contact_url=None,
        created_at=offer.created_at,
        updated_at=offer.updated_at,
        verified_on=offer.verified_on,
        verify_by=offer.verify_by,
    )


def organisation_row(organisation: Organisation) -> ListingRow:
    """Return the public row of an organisation."""
    return ListingRow(
        uid=uid_of(organisation.id),
        type="organisation",
        origin=None,
        kind=None,
        title=organisation.name,
        summary=organisation.summary,
        organisation=None,
        territory=organisation.territory,
        schedule=None,
        places=None,
        payload={"form": organisation.form, "url": organisation.url},
        lang=runtime.current().settings.site.language,
        contact_url=None,
        created_at=organisation.created_at,
        updated_at=organisation.updated_at,
        verified_on=None,
        verify_by=None,
    )
