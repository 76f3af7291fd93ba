"""Finding organisations, counting and listing what each of them offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from entraide import clock
from entraide.directory.finding.offers import (
    ResultPage,
    is_current,
    meaning_of,
    near_and_territory,
    rows_by_uid,
)
from entraide.directory.finding.query import PAGE, FindQuery
from entraide.directory.listing.addresses import foreign_uids, uid_of
from entraide.directory.listing.models import Listing
from entraide.directory.search import INDEX, IndexUnusable, SearchQuery
from entraide.errors import NotFound

log = structlog.get_logger("entraide.find")
GONE = "This association is no longer here. Look at the list of associations."


def find_organisations(session: Session, query: FindQuery) -> ResultPage:
    """Return the organisations of a query: near its place, nearest first, else the newest."""
    meaning = meaning_of(query)
    searched = SearchQuery(
        today=clock.today(),
        type="organisation",
        text=query.q,
        limit=PAGE,
        offset=(query.page - 1) * PAGE,
        **near_and_territory(query, meaning),
    )
    try:
        result = INDEX.get().search(searched)
    except IndexUnusable as error:
        log.warning("search-index-unusable", error=str(error))
        organisations = select(Listing).where(Listing.type == "organisation")
        rows, total = _page_of(session, organisations, query.page)
        return ResultPage(rows, {}, total, {}, meaning)
    distances = {hit.uid: hit.distance_km for hit in result.hits}
    return ResultPage(rows_by_uid(session, result.uids), distances, result.total, {}, meaning)


def count_offers(session: Session, uids: Sequence[str]) -> dict[str, int]:
    """Return how many current offers each organisation has."""
    try:
        return {uid: INDEX.get().search(_offers_query(uid, 1, 1)).total for uid in uids}
    except IndexUnusable:
        owner = Listing.organisation["id"].as_string()
        counted = (
            select(owner, func.count())
            .where(Listing.type == "offer", is_current(), owner.in_(uids))
            .group_by(owner)
        )
        return {uid: count for uid, count in session.execute(counted).all() if uid is not None}


def offers_of(session: Session, uid: str, page: int) -> tuple[list[Listing], int]:
    """Return one page of an organisation's current offers, and how many there are in all."""
    try:
        result = INDEX.get().search(_offers_query(uid, PAGE, page))
    except IndexUnusable:
        owner = Listing.organisation["id"].as_string()
        offers = select(Listing).where(Listing.type == "offer", is_current(), owner == uid)
        return _page_of(session, offers, page)
    return rows_by_uid(session, result.uids), result.total


def find_organisation(session: Session, *, identifier: UUID, host: str = "") -> Listing:
    """Return the row of an organisation of this site, or of the one at `host`; NotFound."""
    uids = foreign_uids(host, identifier) if host else [uid_of(identifier)]
    rows = session.scalars(select(Listing).where(Listing.uid.in_(uids)))
    for row in rows:
        if row.type == "organisation" and (row.origin is not None) == bool(host):
            return row
    raise NotFound(GONE)


def _offers_query(uid: str, size: int, page: int) -> SearchQuery:
    return SearchQuery(today=clock.today(), organisation=uid, limit=size, offset=(page - 1) * size)


def _page_of(session: Session, listings: Select[Any], page: int) -> tuple[list[Listing], int]:
    total = session.scalar(select(func.count()).select_from(listings.subquery())) or 0
    newest = listings.order_by(Listing.updated_at.desc(), Listing.uid).limit(PAGE)
    return list(session.scalars(newest.offset((page - 1) * PAGE))), total
