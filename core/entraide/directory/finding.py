"""Finding offers: what a visitor asked for, the search, the rows to show."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.directory.facet_ranges import accepted_values
from entraide.directory.models import Listing
from entraide.directory.search import IndexUnusable, SearchIndex, SearchQuery
from entraide.gazetteer import meanings, territories
from entraide.gazetteer.areas import Area
from entraide.gazetteer.communes import Place
from entraide.gazetteer.meanings import Meaning
from entraide.i18n import Text, catalogue

log = structlog.get_logger("entraide.find")
_ = catalogue("entraide")

KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
CODE = re.compile(r"[0-9][0-9AB][0-9]{3}")
NUMBER = re.compile(r"[1-9][0-9]{0,5}")
RADII = (2, 5, 10, 20, 50)
DEFAULT_RADIUS = 20
HERE, ELSEWHERE = AREAS = ("here", "elsewhere")
"""Near this site's territory, and the rest of the country: what is shown while no place is given."""

MOST_NAMESAKES = 30
"""Of how many namesakes a site without a territory looks where offers are."""

PAGE = 20
LAST_PAGE = 500
"""Nobody turns more pages than this; an address that asks for a later one shows this one."""

WHEN: tuple[tuple[str, Text, int], ...] = (
    ("week", _("In the next 7 days"), 7),
    ("month", _("In the next 30 days"), 30),
    ("quarter", _("In the next 3 months"), 92),
)


@dataclass(frozen=True)
class Wish:
    """What a visitor looks for, as their address bar says it; `area` counts without a place.

    `where` is what a person wrote, `place` the INSEE code of one of our own links.
    """

    q: str = ""
    where: str = ""
    place: str = ""
    radius: int = DEFAULT_RADIUS
    kind: str = ""
    when: str = ""
    origin: str = ""
    area: str = ""
    page: int = 1
    facets: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_query(cls, given: Mapping[str, str]) -> Wish:
        """Read a query string; whatever makes no sense falls back to the default."""
        radius, page = given.get("radius", ""), given.get("page", "")
        return cls(
            q=given.get("q", "")[:200].strip(),
            where=given.get("where", "")[:100].strip(),
            place=given.get("place", "") if CODE.fullmatch(given.get("place", "")) else "",
            radius=int(radius) if radius in {str(known) for known in RADII} else DEFAULT_RADIUS,
            kind=given.get("kind", "") if KIND.fullmatch(given.get("kind", "")) else "",
            when=given.get("when", "") if given.get("when") in {one[0] for one in WHEN} else "",
            origin=given.get("origin", "")[:200],
            area=given.get("area", "") if given.get("area") in AREAS else "",
            page=min(int(page), LAST_PAGE) if NUMBER.fullmatch(page) else 1,
            facets={key: value[:80] for key, value in given.items() if "." in key and value},
        )  # fmt: skip

    @property
    def has_place(self) -> bool:
        """Tell whether somewhere is asked for."""
        return bool(self.where or self.place)

    def url(self, path: str = "/find", **changes: str | int) -> str:
        """Return the address of this wish with some changes; defaults are left out.

        Another kind has other facets: those of the kind before are left out with it.
        """
        is_same_kind = changes.get("kind", self.kind) == self.kind
        values: dict[str, str | int] = {
            "q": self.q, "where": self.where, "place": self.place, "radius": self.radius, "kind": self.kind,
            "when": self.when, "origin": self.origin, "area": self.area,
            **(self.facets if is_same_kind else {}), "page": 1, **changes,
        }  # fmt: skip
        defaults = {"radius": DEFAULT_RADIUS, "page": 1}
        shown = {
            key: value for key, value in values.items() if value not in ("", defaults.get(key))
        }
        return f"{path}?{urlencode(shown)}" if shown else path


@dataclass(frozen=True)
class Found:
    """One page of results; `distances` in km by uid, `total` and `by_kind` count every page."""

    rows: list[Listing]
    distances: Mapping[str, float | None]
    total: int
    by_kind: Mapping[str, int]
    meaning: Meaning

    @property
    def place(self) -> Place | None:
        """Return the place around which was searched."""
        return self.meaning.place

    @property
    def area(self) -> Area | None:
        """Return the department or region in which was searched."""
        return self.meaning.area


def find_offers(session: Session, wish: Wish, *, size: int = PAGE) -> Found:
    """Return the offers that fit a wish; never one whose last day has passed."""
    meaning = meaning_of(wish)
    query = _query(wish, meaning, size)
    index: SearchIndex = runtime.current().services["search"]
    try:
        result = index.search(query)
    except IndexUnusable as error:
        log.warning("search-index-unusable", error=str(error))
        return _newest(session, wish, size, meaning)
    distances = {} if query.is_by_date else {hit.uid: hit.distance_km for hit in result.hits}
    rows = rows_by_uid(session, [hit.uid for hit in result.hits])
    return Found(rows, distances, result.total, result.by_kind, meaning)


def index_edition() -> Hashable:
    """Return what differs once the search index does, as pages that are kept ask."""
    index: SearchIndex = runtime.current().services["search"]
    return index.edition()


def meaning_of(wish: Wish) -> Meaning:
    """Return the place or area of a wish; of namesakes a hub takes the one that has offers."""
    if wish.place and not wish.where:
        place = territories.gazetteer().place(wish.place)
        return meanings.mean_place(place) if place else Meaning()
    meaning = meanings.read(wish.where)
    if meaning.namesakes < 2 or territories.home() is not None:  # noqa: PLR2004 - nothing to compare
        return meaning
    codes = [place.code for place in meaning.places[: min(meaning.namesakes, MOST_NAMESAKES)]]
    index: SearchIndex = runtime.current().services["search"]
    try:
        return meanings.prefer(meaning, index.count_at(codes, today=clock.today()))
    except IndexUnusable:
        return meaning


def near_and_territory(wish: Wish, meaning: Meaning) -> dict[str, Any]:
    """Return the filters of a search by place: a circle, or codes where there is no centre."""
    if meaning.place and meaning.place.point:
        return {"near": (*meaning.place.point, wish.radius)}
    if meaning.place:
        return {"territory": (meaning.place.code,)}
    return {"territory": meaning.area.departments} if meaning.area else {}


def has_areas(wish: Wish) -> bool:
    """Tell whether a wish without a place is answered in two parts: near here, then elsewhere."""
    return not wish.has_place and not wish.origin and territories.home() is not None


def find_by_area(session: Session, wish: Wish, here: int, elsewhere: int) -> tuple[Found, Found]:
    """Return so many of the newest offers near this site's territory, and of all others."""
    return (
        find_offers(session, replace(wish, area=HERE, page=1), size=here),
        find_offers(session, replace(wish, area=ELSEWHERE, page=1), size=elsewhere),
    )


def _query(wish: Wish, meaning: Meaning, size: int) -> SearchQuery:
    home = territories.home() if wish.area and has_areas(wish) else None
    somewhere = near_and_territory(wish, meaning)
    if wish.area == HERE and home:
        somewhere = {"near": home}
    return SearchQuery(
        today=clock.today(),
        text=wish.q,
        kinds=(wish.kind,) if wish.kind else (),
        origin=_origin(wish.origin),
        **somewhere,
        beyond=home if wish.area == ELSEWHERE else None,
        is_by_date=home is not None,
        from_date=clock.today() if wish.when else None,
        to_date=_until(wish.when),
        facets=accepted_values(wish.facets),
        limit=size,
        offset=(wish.page - 1) * size,
    )


def has_next_page(page: int, total: int) -> bool:
    """Tell whether more results follow a page (from 1), and may be asked for."""
    return page < LAST_PAGE and total > page * PAGE


def rows_by_uid(session: Session, uids: list[str]) -> list[Listing]:
    """Return listing rows in the order of `uids`, without those that are gone or expired."""
    if not uids:
        return []
    known = {
        row.uid: row
        for row in session.scalars(select(Listing).where(Listing.uid.in_(uids), is_current()))
    }
    return [known[uid] for uid in uids if uid in known]


def current_row(session: Session, uid: str) -> Listing | None:
    """Return one row; None when it is gone or its last day has passed."""
    return session.scalar(select(Listing).where(Listing.uid == uid, is_current()))


def is_current() -> ColumnElement[bool]:
    """Return the condition that every query on offers carries: its last day has not passed."""
    return or_(Listing.verify_by.is_(None), Listing.verify_by >= clock.today())


def _newest(session: Session, wish: Wish, size: int, meaning: Meaning) -> Found:
    # While the index is being rebuilt the database answers, by date and kind only; what is our own
    # stands for what is near.
    wanted = select(Listing).where(Listing.type == "offer", is_current())
    if wish.kind:
        wanted = wanted.where(Listing.kind == wish.kind)
    if wish.area and has_areas(wish):
        is_ours = Listing.origin.is_(None)
        wanted = wanted.where(is_ours if wish.area == HERE else ~is_ours)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page = wanted.order_by(Listing.updated_at.desc(), Listing.uid).limit(size)
    rows = list(session.scalars(page.offset((wish.page - 1) * size)))
    return Found(rows, {}, total, {}, meaning)


def _origin(wanted: str) -> str | None:
    own = runtime.current().settings.site.base_url
    return "" if wanted == own else wanted or None


def _until(when: str) -> date | None:
    days = {code: days for code, _label, days in WHEN}.get(when)
    return clock.today() + timedelta(days=days) if days else None
