"""Finding offers: what a visitor asked for, the search, the rows to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.directory.finding.query import ELSEWHERE, HERE, LAST_PAGE, PAGE, PERIODS, FindQuery
from entraide.directory.finding.ranges import accepted_values
from entraide.directory.listing.models import Listing
from entraide.directory.search import INDEX, IndexUnusable, SearchQuery
from entraide.gazetteer import meanings, territories
from entraide.gazetteer.areas import Area
from entraide.gazetteer.communes import Place
from entraide.gazetteer.meanings import Meaning
from entraide.i18n import catalogue

log = structlog.get_logger("entraide.find")
_ = catalogue("entraide")

MOST_NAMESAKES = 30
"""Of how many namesakes a site without a territory looks where offers are."""


@dataclass(frozen=True)
class ResultPage:
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


def find_offers(session: Session, query: FindQuery, *, size: int = PAGE) -> ResultPage:
    """Return the offers that fit a query; never one whose last day has passed."""
    meaning = meaning_of(query)
    searched = _query(query, meaning, size)
    index = INDEX.get()
    try:
        result = index.search(searched)
    except IndexUnusable as error:
        log.warning("search-index-unusable", error=str(error))
        return _newest(session, query, size, meaning)
    distances = {} if searched.is_by_date else {hit.uid: hit.distance_km for hit in result.hits}
    rows = rows_by_uid(session, [hit.uid for hit in result.hits])
    return ResultPage(rows, distances, result.total, result.by_kind, meaning)


def meaning_of(query: FindQuery) -> Meaning:
    """Return the place or area of a query; of namesakes a hub takes the one that has offers."""
    if query.place and not query.where:
        place = territories.gazetteer().place(query.place)
        return meanings.mean_place(place) if place else Meaning()
    meaning = meanings.read(query.where)
    if meaning.namesakes < 2 or territories.home() is not None:  # noqa: PLR2004 - nothing to compare
        return meaning
    codes = [place.code for place in meaning.places[: min(meaning.namesakes, MOST_NAMESAKES)]]
    index = INDEX.get()
    try:
        return meanings.prefer(meaning, index.count_at(codes, today=clock.today()))
    except IndexUnusable:
        return meaning


def near_and_territory(query: FindQuery, meaning: Meaning) -> dict[str, Any]:
    """Return the filters of a search by place: a circle, or codes where there is no centre."""
    if meaning.place and meaning.place.point:
        return {"near": (*meaning.place.point, query.radius)}
    if meaning.place:
        return {"territory": (meaning.place.code,)}
    return {"territory": meaning.area.departments} if meaning.area else {}


def has_areas(query: FindQuery) -> bool:
    """Return whether a query without a place is answered in two parts: near here, then elsewhere."""
    return not query.has_place and not query.origin and territories.home() is not None


def find_by_area(
    session: Session, query: FindQuery, here: int, elsewhere: int
) -> tuple[ResultPage, ResultPage]:
    """Return so many of the newest offers near this site's territory, and of all others."""
    return (
        find_offers(session, replace(query, area=HERE, page=1), size=here),
        find_offers(session, replace(query, area=ELSEWHERE, page=1), size=elsewhere),
    )


def _query(query: FindQuery, meaning: Meaning, size: int) -> SearchQuery:
    home = territories.home() if query.area and has_areas(query) else None
    somewhere = near_and_territory(query, meaning)
    if query.area == HERE and home:
        somewhere = {"near": home}
    return SearchQuery(
        today=clock.today(),
        text=query.q,
        kinds=(query.kind,) if query.kind else (),
        origin=_origin(query.origin),
        **somewhere,
        beyond=home if query.area == ELSEWHERE else None,
        is_by_date=home is not None,
        from_date=clock.today() if query.when else None,
        to_date=_until(query.when),
        facets=accepted_values(query.facets),
        limit=size,
        offset=(query.page - 1) * size,
    )


def has_next_page(page: int, total: int) -> bool:
    """Return whether more results follow a page (from 1), and may be asked for."""
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


def _newest(session: Session, query: FindQuery, size: int, meaning: Meaning) -> ResultPage:
    # While the index is being rebuilt the database answers, by date and kind only; what is our own
    # stands for what is near.
    listings = select(Listing).where(Listing.type == "offer", is_current())
    if query.kind:
        listings = listings.where(Listing.kind == query.kind)
    if query.area and has_areas(query):
        is_ours = Listing.origin.is_(None)
        listings = listings.where(is_ours if query.area == HERE else ~is_ours)
    total = session.scalar(select(func.count()).select_from(listings.subquery())) or 0
    page = listings.order_by(Listing.updated_at.desc(), Listing.uid).limit(size)
    rows = list(session.scalars(page.offset((query.page - 1) * size)))
    return ResultPage(rows, {}, total, {}, meaning)


def _origin(origin: str) -> str | None:
    own = runtime.current().settings.site.base_url
    return "" if origin == own else origin or None


def _until(when: str) -> date | None:
    days = PERIODS.get(when)
    return clock.today() + timedelta(days=days) if days else None
