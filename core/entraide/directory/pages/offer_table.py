"""The offers of one kind as a table: its columns, whether its plugin is on or off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.directory.listing.addresses import uid_of
from entraide.directory.listing.described_kinds import own_described
from entraide.directory.models import Offer, Publication
from entraide.directory.pages import cards
from entraide.directory.payloads.descriptions import KindDescription, read_description
from entraide.directory.payloads.values import described, public_fields, public_part
from entraide.fields import label_of
from entraide.gazetteer import territories
from entraide.i18n import Text, catalogue
from entraide.kinds import Kind
from entraide.plugins.choices import PAUSED

_ = catalogue("entraide")

PLACES = _("Places")
COLUMNS: tuple[Text, ...] = (
    _("Address"),
    _("Title"),
    _("More about it"),
    _("Association"),
    _("Where"),
    _("When"),
    PLACES,
    _("To be confirmed by"),
    _("Publication"),
)
PUBLICATIONS: dict[str, Text] = {
    Publication.DRAFT: _("Draft"),
    Publication.PENDING: _("Waiting for a decision"),
    Publication.PUBLIC: _("Public"),
    Publication.HIDDEN: _("Out of sight: the account is suspended"),
    Publication.WITHDRAWN: _("Taken down"),
    Publication.EXPIRED: _("Its last day has passed"),
}


@dataclass(frozen=True)
class OfferTable:
    """The table of one kind; `cells` words the public fields of a payload, in the order of `labels`."""

    kind: str
    places: Text
    labels: list[str]
    cells: Callable[[Mapping[str, Any]], list[str]]

    @property
    def headings(self) -> list[str]:
        """Return the words above the columns."""
        own = [self.places if column is PLACES else column for column in COLUMNS]
        return [*map(str, own), *self.labels]

    def row(self, offer: Offer) -> list[Any]:
        """Return the cells of an offer."""
        return [
            uid_of(offer.id),
            offer.title,
            offer.summary,
            offer.organisation.name if offer.organisation else "",
            ", ".join(territories.names(offer.territory)),
            cards.schedule_in_words(offer.schedule),
            offer.seats,
            offer.verify_by,
            PUBLICATIONS[_publication(offer)],
            *self.cells(offer.payload),
        ]


def table_of(session: Session, name: str) -> OfferTable | None:
    """Return the table of a kind, by its name of today or before; None for one never known here."""
    kind = runtime.current().kinds.get(runtime.kind_name(name))
    if kind is not None:
        return _table_of_plugin(kind)
    description = _descriptions_of_kinds_off(session).get(name)
    return None if description is None else _table_of_description(description)


def kinds_with_tables(session: Session) -> list[tuple[str, str]]:
    """Return (name, heading) of each kind of offers: those that are on, then those with offers."""
    on = [
        (kind.name, str(kind.heading))
        for kind in runtime.current().kinds.values()
        if "offer" in kind.sides
    ]
    off = [
        (name, description.words)
        for name, description in _descriptions_of_kinds_off(session).items()
        if session.scalar(select(exists().where(Offer.kind == name)))
    ]
    return on + off


def _descriptions_of_kinds_off(session: Session) -> dict[str, KindDescription]:
    known = runtime.current().kinds
    if not PAUSED.get() and not runtime.current().registry.quarantined:
        # All kinds are on.
        return {}
    rows = [row for row in own_described(session) if row.kind not in known]
    return {row.kind: read_description(row.document) for row in rows}


def _table_of_plugin(kind: Kind) -> OfferTable:
    fields = public_fields(kind)

    def cells(payload: Mapping[str, Any]) -> list[str]:
        words = dict(described(kind, public_part(kind, payload), is_complete=True))
        labels = (str(field.metadata.get("label", name)) for name, field in fields.items())
        return [words.get(label, "") for label in labels]

    headings = [str(label_of(name, field)) for name, field in fields.items()]
    return OfferTable(kind.name, kind.question("places_shown", "offer") or PLACES, headings, cells)


def _table_of_description(description: KindDescription) -> OfferTable:
    def cells(payload: Mapping[str, Any]) -> list[str]:
        is_readable = description.fits(payload)
        return description.cells(payload if is_readable else {}, is_complete=True)

    return OfferTable(description.kind, PLACES, description.headings, cells)


def _publication(offer: Offer) -> str:
    # The job that takes old offers down may not have run yet.
    is_over = offer.publication in Publication.EXPIRING and offer.verify_by < clock.today()
    return Publication.EXPIRED if is_over else offer.publication
