"""A place where this site does not help: said before anything is sent, with other ways on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entraide import clock, runtime
from entraide.directory.finding.offers import rows_by_uid
from entraide.directory.finding.query import DEFAULT_RADIUS
from entraide.directory.listing.sites import names_for, origin_of
from entraide.directory.search import INDEX, IndexUnusable, SearchQuery
from entraide.gazetteer import territories
from entraide.gazetteer.communes import Place
from entraide.web.forms import Form
from entraide.web.transactions import session

LOOKED_AT, MOST_SITES = 30, 3
"""Offers near a place that are looked at, and sites among theirs that are named."""

MOST_TOWNS = 4


@dataclass
class PlaceForm(Form):
    """The form of a place; `outside` says what to show when this site does not help there."""

    outside: dict[str, Any] | None = None

    @property
    def is_valid(self) -> bool:
        """Return whether nothing is wrong and nothing has to be read first."""
        return not self.errors and self.outside is None


def describe_outside(place: Place, *, may_go_on: bool) -> dict[str, Any]:
    """Return what the page says: where this site helps, and which sites have offers there."""
    towns = territories.names(list(runtime.current().settings.site.territory[:MOST_TOWNS]))
    return {
        "code": place.code,
        "name": f"{place.name} ({place.department})",
        "around": ", ".join(towns),
        "find_url": f"/find?place={place.code}",
        "sites": _sites_near(place),
        "may_go_on": may_go_on,
    }


def _sites_near(place: Place) -> list[dict[str, str]]:
    if place.point is None:
        return []
    index = INDEX.get()
    query = SearchQuery(today=clock.today(), near=(*place.point, DEFAULT_RADIUS), limit=LOOKED_AT)
    try:
        rows = rows_by_uid(session(), index.search(query).uids)
    except IndexUnusable:
        return []
    names = names_for(session(), *rows)
    origins = [origin for row in rows if (origin := origin_of(row.origin, names))]
    return list({origin["url"]: origin for origin in origins}.values())[:MOST_SITES]
