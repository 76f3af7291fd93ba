"""Tables of the public listing: the seam between the directory, the search and the federation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from entraide.database import Model, neutral
from entraide.directory.listing.addresses import offer_url, organisation_url


class Listing(Model):
    """The seam with the federation: one row per public offer or organisation known here.

    `origin` is null for our own rows. A change takes the `position` away, and the next one is
    given soon after; in its order each machine's search index follows the listing.
    """

    __tablename__ = "directory_listing"
    __table_args__ = (
        Index("ix_directory_listing_order", "type", "updated_at"),
        Index("ix_directory_listing_origin", "origin", "type"),
    )

    uid: Mapped[str] = neutral(primary_key=True)
    type: Mapped[str] = neutral()
    origin: Mapped[str | None] = neutral()
    kind: Mapped[str | None] = neutral()
    title: Mapped[str] = neutral()
    summary: Mapped[str] = neutral(default="")
    organisation: Mapped[dict[str, Any] | None] = neutral()
    territory: Mapped[list[str]] = neutral()
    schedule: Mapped[dict[str, Any] | None] = neutral()
    seats: Mapped[int | None] = neutral()
    payload: Mapped[dict[str, Any] | None] = neutral()
    lang: Mapped[str] = neutral(default="fr")
    contact_url: Mapped[str | None] = neutral()
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()
    verified_on: Mapped[date | None] = neutral()
    verify_by: Mapped[date | None] = neutral()
    position: Mapped[int | None] = neutral(index=True)

    @property
    def url(self) -> str:
        """Return the address of its page on this site."""
        address = offer_url if self.type == "offer" else organisation_url
        return address(self.uid, self.origin)

    @property
    def own_id(self) -> UUID | None:
        """Return the identifier of this site's offer or organisation; None for another site's."""
        return UUID(self.uid.rpartition("/")[2]) if self.origin is None else None


class ListingRow(TypedDict):
    """The same before it is stored: whoever writes many gives plain rows, see `store_listings`.

    `uid` is its address everywhere, `origin` the base URL of its site (None: ours),
    `organisation` `{"id", "name"}`, `territory` INSEE codes, `payload` public fields only. What is
    left out is null.
    """

    uid: str
    type: str
    origin: str | None
    kind: NotRequired[str | None]
    title: str
    summary: str
    organisation: NotRequired[dict[str, Any] | None]
    territory: list[str]
    schedule: NotRequired[dict[str, Any] | None]
    seats: NotRequired[int | None]
    payload: dict[str, Any] | None
    lang: str
    contact_url: NotRequired[str | None]
    created_at: datetime
    updated_at: datetime
    verified_on: NotRequired[date | None]
    verify_by: NotRequired[date | None]


class OtherSite(Model):
    """Another site from which rows of the listing come: `name` is how it calls itself."""

    __tablename__ = "directory_other_site"

    base: Mapped[str] = neutral(primary_key=True)
    name: Mapped[str] = neutral(default="")


class DescribedKind(Model):
    """A kind of help as a site describes it, for readers without its plugin.

    `document` has the members of `payloads.descriptions.Document`. `origin` is empty for our own
    kinds: the last description stays while their plugin is off.
    """

    __tablename__ = "directory_described_kind"
    __table_args__ = (Index("ix_directory_described_kind_origin", "origin", "kind"),)

    uid: Mapped[str] = neutral(primary_key=True)
    origin: Mapped[str] = neutral()
    kind: Mapped[str] = neutral()
    document: Mapped[dict[str, Any]] = neutral()
    updated_at: Mapped[datetime] = neutral()


class ListingRemoved(Model):
    """A row that left the listing and has to leave the search index of each machine."""

    __tablename__ = "directory_listing_removed"

    uid: Mapped[str] = neutral(primary_key=True)
    removed_at: Mapped[datetime] = neutral()
    position: Mapped[int | None] = neutral(index=True)


class ListingCounter(Model):
    """One row: the last `position` that was given, and the last whose removal is `forgotten`.

    `epoch` tells one database from another, so that no index follows the wrong one.
    """

    __tablename__ = "directory_listing_counter"

    id: Mapped[int] = neutral(primary_key=True)
    epoch: Mapped[str] = neutral()
    position: Mapped[int] = neutral(default=0)
    forgotten: Mapped[int] = neutral(default=0)
