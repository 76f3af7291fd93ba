"""What goes into the search index, what is asked of it and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from entraide.errors import EntraideError


class IndexUnusable(EntraideError):
    """The index is missing, damaged or of another version; the follower rebuilds it."""

    name, status, title = "search-unavailable", 503, "Search is being prepared, please come back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One public offer or organisation, as search sees it.

    `origin` is None for our own. `territory` holds INSEE codes, of departments too, `points` their centres as
    (latitude, longitude) in degrees. `ends` and `verify_by` are last days, included. With
    `rrule` (RFC 5545) `ends` is the end of the first occurrence, or of the series when it is a
    week later or more. `facets` are (field, value) pairs, `words` is further searchable text.
    """

    uid: str
    type: str
    title: str
    updated_at: datetime
    kind: str | None = None
    summary: str = ""
    organisation_id: str | None = None
    organisation_name: str = ""
    territory: tuple[str, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    starts: date | None = None
    ends: date | None = None
    rrule: str | None = None
    verify_by: date | None = None
    origin: str | None = None
    facets: tuple[tuple[str, str], ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """How far an index has followed: `number` counts within one database, which `epoch` names."""

    epoch: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class ListingChanges:
    """What happened after a position: `removed` uids first, then `documents`; all until `reach`."""

    removed: Sequence[str]
    documents: Sequence[Document]
    reach: Position


class DocumentSource(Protocol):
    """Where documents come from: the database, or a list in tests."""

    def position(self) -> Position:
        """Return where an index stands that takes `everything` from now on."""
        ...

    def changes(self, since: Position, limit: int) -> ListingChanges | None:
        """Return up to `limit` documents and removals after `since`; None when it is too old."""
        ...

    def everything(self) -> Iterator[Document]:
        """Yield every document, for a rebuild."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What somebody looks for; every filter that is set must match.

    `today` decides what has expired. `type` None means any. `origin` is None for any site, ""
    for ours, else a base URL. `territory` matches any of its codes. `near` is (latitude,
    longitude, kilometres); with `is_by_date` what is near comes by its date instead of its
    distance. `beyond` is a circle too, for what has no point inside it. The days from `from_date`
    to `to_date` must meet the schedule; documents without one always match. `facets` maps a field
    to the values accepted.
    """

    today: date
    text: str = ""
    type: str | None = "offer"
    kinds: tuple[str, ...] = ()
    origin: str | None = None
    organisation: str | None = None
    territory: tuple[str, ...] = ()
    near: tuple[float, float, float] | None = None
    beyond: tuple[float, float, float] | None = None
    is_by_date: bool = False
    from_date: date | None = None
    to_date: date | None = None
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One result; the distance to its nearest point is set when the query has `near`."""

    uid: str
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits, how many there are in all, and per kind whatever kinds were asked."""

    hits: tuple[Hit, ...]
    total: int
    by_kind: Mapping[str, int]

    @property
    def uids(self) -> list[str]:
        """Return the uids of the page, in order."""
        return [hit.uid for hit in self.hits]
