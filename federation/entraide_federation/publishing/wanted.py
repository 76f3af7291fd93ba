"""What each object of this site should be to others: its public members, or how it ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import (
    DescribedKind,
    Kind,
    Offer,
    Organisation,
    Publication,
    UpcastFailed,
    clock,
    ids,
    is_listed,
    is_paused,
    runtime,
    text,
)
from entraide_federation.protocol import types
from entraide_federation.protocol.types import ObjectType
from entraide_federation.publishing.public_members import (
    public_identifiers,
    public_payload,
    public_schedule,
)

log = structlog.get_logger("entraide.federation")

_VERSION_TO_COME = 0


@dataclass(frozen=True)
class Wish:
    """What one object should be: `document` without version and proof, else gone for `reason`."""

    type: ObjectType
    identifier: UUID
    document: dict[str, Any] | None
    reason: str = ""

    @property
    def uid(self) -> str:
        """Return the object's id."""
        return _uid(self.identifier)


@dataclass(frozen=True)
class OwnObjects:
    """Which rows of this site are objects of one type, and what each should be.

    `load` reads rows by identifier, `wish` says what one should be (its row is None once it is
    deleted; no wish leaves the object as it stands), `public` finds all that may leave this site.
    For a type whose objects have an owner, `owner` tells it of a row and `owned` finds those of
    some organisations.
    """

    type: ObjectType
    load: Callable[[Session, Collection[UUID]], Mapping[UUID, Any]]
    wish: Callable[[UUID, Any], Wish | None]
    public: Callable[[Session], Iterable[UUID]]
    owner: Callable[[Any], UUID | None] = lambda _: None
    owned: Callable[[Session, Collection[UUID]], Iterable[UUID]] = lambda _, __: ()


def wishes(session: Session, objects: Mapping[UUID, str]) -> list[Wish]:
    """Return what these objects (identifier → `offer`, `organisation`, …) should be.

    Owners come first, those of the other objects included, so that no reader meets an offer before
    its organisation.
    """
    owners: set[UUID] = set()
    parts: list[list[Wish]] = []
    for own in reversed(OWN):
        identifiers = [key for key, name in objects.items() if name == own.type.row_type]
        if own.type is types.ORGANISATION:
            identifiers = sorted(owners.union(identifiers))
        rows = own.load(session, identifiers)
        owners |= {owner for row in rows.values() if (owner := own.owner(row))}
        parts.append([wish for key in identifiers if (wish := own.wish(key, rows.get(key)))])
    return [wish for part in reversed(parts) for wish in part]


def owned_by(session: Session, organisations: Collection[UUID]) -> dict[UUID, str]:
    """Return identifier → type of what belongs to these organisations."""
    return {key: own.type.row_type for own in OWN for key in own.owned(session, organisations)}


def candidates(session: Session) -> dict[UUID, str]:
    """Return identifier → type of every public row that may leave this site."""
    return {key: own.type.row_type for own in OWN for key in own.public(session)}


def _load_offers(session: Session, identifiers: Collection[UUID]) -> dict[UUID, Offer]:
    rows = select(Offer).where(Offer.id.in_(identifiers))
    return {offer.id: offer for offer in session.scalars(rows)}


def _public_offers(session: Session) -> Iterable[UUID]:
    public = Offer.publication == Publication.PUBLIC, Offer.organisation_id.is_not(None)
    return session.scalars(select(Offer.id).where(*public))


def _offers_of(session: Session, organisations: Collection[UUID]) -> Iterable[UUID]:
    return session.scalars(select(Offer.id).where(Offer.organisation_id.in_(organisations)))


def _wish_offer(identifier: UUID, offer: Offer | None) -> Wish | None:
    """Return what an offer should be; one whose kind is not loaded just now is left as it stands.

    So is one that the kind's own upcast cannot read.
    """
    if offer is None:
        return Wish(types.OFFER, identifier, None, "erasure")
    if reason := _end_of(offer):
        return Wish(types.OFFER, identifier, None, reason)
    kind = runtime.current().kinds.get(offer.kind)
    try:
        return (
            Wish(types.OFFER, identifier, project_offer(offer, kind, identifier)) if kind else None
        )
    except UpcastFailed as error:
        # What is published stays: the daily sweep tries again, maybe with a better release.
        log.warning("not-publishable", uid=_uid(identifier), reason=error.name, detail=str(error))
        return None


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
    if kind is None:
        # Switched off it leaves the network, and comes back with the kind; a failing plugin rests.
        return "withdrawn" if is_paused(offer.kind) else ""
    return "" if kind.federated and is_listed(offer) else "withdrawn"


def project_offer(offer: Offer, kind: Kind, identifier: UUID) -> dict[str, Any]:
    """Return the public members of an offer, without version and proof; raises UpcastFailed."""
    site = runtime.current().settings.site
    organisation = offer.organisation
    public = public_payload(kind, offer.payload)
    carried = {member: getattr(offer, column) for member, column, _ in types.CARRIED}
    carried["schedule"] = public_schedule(offer.schedule or {})
    return types.OFFER.make(
        id=_uid(identifier),
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
        relay="public",
        contactUrl=f"{site.base_url}/offers/{identifier}",
        validUntil=offer.verify_by,
        ext={kind.name: public} if public else None,
        **carried,
    )


def _load_organisations(
    session: Session, identifiers: Collection[UUID]
) -> dict[UUID, Organisation]:
    rows = select(Organisation).where(Organisation.id.in_(identifiers))
    return {organisation.id: organisation for organisation in session.scalars(rows)}


def _public_organisations(session: Session) -> Iterable[UUID]:
    public = Organisation.publication == Publication.PUBLIC
    return session.scalars(select(Organisation.id).where(public))


def _wish_organisation(identifier: UUID, organisation: Organisation | None) -> Wish:
    if organisation is None:
        return Wish(types.ORGANISATION, identifier, None, "erasure")
    if organisation.publication != Publication.PUBLIC:
        return Wish(types.ORGANISATION, identifier, None, "withdrawn")
    return Wish(types.ORGANISATION, identifier, _project_organisation(organisation))


def _project_organisation(organisation: Organisation) -> dict[str, Any]:
    site = runtime.current().settings.site
    url = organisation.url or ""
    return types.ORGANISATION.make(
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


def _load_kinds(session: Session, identifiers: Collection[UUID]) -> dict[UUID, DescribedKind]:
    known = _own_kinds(session) if identifiers else ()
    rows = {UUID(row.uid.rpartition("/")[2]): row for row in known}
    return {key: rows[key] for key in identifiers if key in rows}


def _own_kinds(session: Session) -> Iterable[DescribedKind]:
    # By the last part of its id, whatever address this site had when the row was written.
    return session.scalars(select(DescribedKind).where(DescribedKind.origin == ""))


def _public_kinds(session: Session) -> Iterable[UUID]:
    kinds = runtime.current().kinds
    for row in _own_kinds(session):
        if row.kind in kinds and kinds[row.kind].federated:
            yield UUID(row.uid.rpartition("/")[2])


def _wish_kind(identifier: UUID, row: DescribedKind | None) -> Wish | None:
    """Return what a description should be: it goes with the offers of its kind, and comes back."""
    kind = runtime.current().kinds.get(row.kind) if row else None
    if row is None or (kind and not kind.federated):
        return Wish(types.KIND, identifier, None, "withdrawn")
    if kind is None:
        return Wish(types.KIND, identifier, None, "withdrawn") if is_paused(row.kind) else None
    document = types.KIND.make(
        id=_uid(identifier),
        origin=runtime.current().settings.site.base_url,
        version=_VERSION_TO_COME,
        updated=row.updated_at,
        **{name: row.document[name] for name in types.DESCRIBING},
    )
    return Wish(types.KIND, identifier, document)


def _uid(identifier: UUID) -> str:
    return ids.public_id(runtime.current().settings.site.base_url, identifier)


_SOURCES = (
    OwnObjects(
        types.OFFER,
        load=_load_offers,
        wish=_wish_offer,
        public=_public_offers,
        owner=lambda offer: offer.organisation_id,
        owned=_offers_of,
    ),
    OwnObjects(
        types.ORGANISATION,
        load=_load_organisations,
        wish=_wish_organisation,
        public=_public_organisations,
    ),
    OwnObjects(types.KIND, load=_load_kinds, wish=_wish_kind, public=_public_kinds),
)
OWN = tuple(sorted(_SOURCES, key=lambda own: types.TYPES.index(own.type)))
"""The types that this site publishes, in their order."""
