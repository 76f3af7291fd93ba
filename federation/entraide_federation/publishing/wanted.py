"""What each object of this site should be to others: its public members, or how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import Kind, Offer, Organisation, Publication, clock, ids, is_listed, runtime, text
from entraide_federation.listing.rows import CARRIED
from entraide_federation.protocol import documents
from entraide_federation.publishing.public_members import (
    public_identifiers,
    public_payload,
    public_schedule,
)

_VERSION_TO_COME = 0


@dataclass(frozen=True)
class Wish:
    """What one object should be: `document` without version and proof, else gone for `reason`."""

    uid: str
    document: dict[str, Any] | None
    reason: str = ""


def wishes(session: Session, objects: Mapping[UUID, str]) -> list[Wish]:
    """Return what these objects (identifier → `offer` or `organisation`) should be.

    Organisations come first, those of the offers included, so that no reader meets an offer
    before its organisation. An offer whose kind is not loaded just now is left as it stands.
    """
    offer_ids = [key for key, type_name in objects.items() if type_name == "offer"]
    offers = {
        offer.id: offer for offer in session.scalars(select(Offer).where(Offer.id.in_(offer_ids)))
    }
    organisation_ids = {key for key, type_name in objects.items() if type_name == "organisation"}
    organisation_ids |= {
        offer.organisation_id for offer in offers.values() if offer.organisation_id
    }
    return [*_of_organisations(session, organisation_ids), *_of_offers(offer_ids, offers)]


def _of_organisations(session: Session, identifiers: set[UUID]) -> Iterator[Wish]:
    stored = select(Organisation).where(Organisation.id.in_(identifiers))
    organisations = {row.id: row for row in session.scalars(stored)}
    for key in sorted(identifiers):
        yield _of_organisation(key, organisations.get(key))


def offers_of(session: Session, organisations: Sequence[UUID]) -> list[UUID]:
    """Return the offers of these organisations."""
    of_them = Offer.organisation_id.in_(organisations)
    return list(session.scalars(select(Offer.id).where(of_them)))


def candidates(session: Session) -> Iterator[tuple[str, UUID]]:
    """Yield the type and identifier of every public row that may leave this site."""
    for identifier in session.scalars(
        select(Organisation.id).where(Organisation.publication == Publication.PUBLIC)
    ):
        yield "organisation", identifier
    for identifier in session.scalars(
        select(Offer.id).where(
            Offer.publication == Publication.PUBLIC, Offer.organisation_id.is_not(None)
        )
    ):
        yield "offer", identifier


def _of_offers(identifiers: Sequence[UUID], offers: Mapping[UUID, Offer]) -> Iterator[Wish]:
    for identifier in identifiers:
        offer = offers.get(identifier)
        if offer is None:
            yield Wish(_uid(identifier), None, "erasure")
        elif reason := _end_of(offer):
            yield Wish(_uid(identifier), None, reason)
        elif (kind := runtime.current().kinds.get(offer.kind)) is not None:
            yield Wish(_uid(identifier), _project_offer(offer, kind))


def _end_of(offer: Offer) -> str:
    """Return why an offer does not travel, "" when it does or when its kind cannot be judged."""
    if offer.publication == Publication.EXPIRED:
        return "expired"
    organisation = offer.organisation
    if (
        offer.publication != Publication.PUBLIC
        or not organisation
        or organisation.publication != Publication.PUBLIC
    ):
        return "withdrawn"
    if offer.verify_by < clock.today():
        return "expired"
    kind = runtime.current().kinds.get(offer.kind)
    return "" if kind is None or (kind.federated and is_listed(offer)) else "withdrawn"


def _project_offer(offer: Offer, kind: Kind) -> dict[str, Any]:
    site = runtime.current().settings.site
    organisation = offer.organisation
    public = public_payload(kind, offer.payload)
    carried = {member: getattr(offer, column) for member, column, _ in CARRIED}
    carried["schedule"] = public_schedule(offer.schedule or {})
    return documents.project_offer(
        id=_uid(offer.id),
        origin=site.base_url,
        version=_VERSION_TO_COME,
        created=offer.created_at,
        updated=offer.updated_at,
        lang=site.language,
        kind=offer.kind,
        title=offer.title,
        summary=offer.summary,
        org=_uid(organisation.id) if organisation else "",
        territory=offer.territory or (organisation and organisation.territory) or site.territory,
        contact_url=f"{site.base_url}/offers/{offer.id}",
        valid_until=offer.verify_by,
        ext={kind.name: public} if public else None,
        **carried,
    )


def _of_organisation(identifier: UUID, organisation: Organisation | None) -> Wish:
    uid = _uid(identifier)
    if organisation is None:
        return Wish(uid, None, "erasure")
    if organisation.publication != Publication.PUBLIC:
        return Wish(uid, None, "withdrawn")
    return Wish(uid, _project_organisation(organisation))


def _project_organisation(organisation: Organisation) -> dict[str, Any]:
    site = runtime.current().settings.site
    url = organisation.url or ""
    return documents.project_organisation(
        id=_uid(organisation.id),
        origin=site.base_url,
        version=_VERSION_TO_COME,
        created=organisation.created_at,
        updated=organisation.updated_at,
        lang=site.language,
        name=organisation.name,
        form=organisation.form,
        territory=organisation.territory or site.territory,
        summary=organisation.summary or None,
        # An address that readers would refuse must not keep the whole organisation at home.
        url=url if text.is_clean_url(url, https_only=not site.development) else None,
        identifiers=public_identifiers(organisation.identifiers or {}),
    )


def _uid(identifier: UUID) -> str:
    return ids.public_id(runtime.current().settings.site.base_url, identifier)
