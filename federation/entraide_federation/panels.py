"""What pages show of the federation: on a hub's home, the sites and how each is doing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import Listing, Panel, catalogue, database
from entraide_federation.hub import OriginHealth, health

_ = catalogue(__package__)

STATUS = {
    "live": "fresh",
    "released": "starting",
    "new": "starting",
    "stale": "late",
    "hidden": "silent",
}
"""Words of the interface for the states of an origin; any other state is "set aside"."""


def sites_panel() -> Panel:
    """Return the box with every site of the network."""
    with database.reading() as session:
        counts = count_offers(session)
        sites = [site_view(one, counts.get(one.base, 0)) for one in health(session)]
    return Panel(_("Where the offers come from"), "federation/sites.html", 50, {"sites": sites})


def count_offers(session: Session) -> dict[str, int]:
    """Return how many offers of each other site the lists show, by its address."""
    rows = session.execute(
        select(Listing.origin, func.count())
        .where(Listing.type == "offer", Listing.origin.is_not(None))
        .group_by(Listing.origin)
    )
    return {origin: count for origin, count in rows if origin}


def site_view(origin: OriginHealth, offer_count: int) -> dict[str, Any]:
    """Return what the table shows of one site."""
    return {
        "name": origin.name or origin.host,
        "url": origin.base,
        "host": origin.host,
        "status": STATUS.get(origin.state, "aside"),
        "last_seen_at": origin.last_seen_at,
        "offer_count": offer_count,
    }
