"""What pages show of the federation: on a hub's home, the sites and how each is doing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import Listing, Panel, catalogue, database
from entraide_federation import withholding
from entraide_federation.hub import OriginHealth, health
from entraide_federation.models import KeptBack

_ = catalogue(__package__)

STATUS = {
    "live": "fresh",
    "released": "starting",
    "new": "starting",
    "stale": "late",
    "hidden": "silent",
}
"""Words of the interface for the states of an origin; any other state is "set aside"."""


MOST_KEPT_BACK = 50
"""Lines of what is kept back; `entraide federation peers` lists everything."""


def sites_panel() -> Panel:
    """Return the box with every site of the network."""
    with database.reading() as session:
        counts = count_offers(session)
        sites = [site_view(one, counts.get(one.base, 0)) for one in health(session)]
        kept = list_kept_back(session)
    context = {
        "sites": sites,
        "kept": kept,
        "kept_label": _("What we do not show"),
        "since_label": _("since"),
    }
    return Panel(_("Where the offers come from"), "federation/sites.html", 50, context)


def list_kept_back(session: Session) -> list[dict[str, Any]]:
    """Return what this site keeps back itself, newest first: address, since when, and why."""
    rows = session.scalars(
        select(KeptBack)
        .where(KeptBack.by == "", KeptBack.cause == "", KeptBack.reason != "")
        .order_by(KeptBack.since.desc(), KeptBack.uid)
        .limit(MOST_KEPT_BACK)
    )
    reasons = {
        withholding.OPERATOR: _("decided by this site"),
        withholding.REMOVED: _("no longer read by this site"),
        withholding.RELAY: _("decided by the hub that we read"),
    }
    return [
        {"url": row.uid, "since": row.since, "reason": reasons.get(row.reason, row.reason)}
        for row in rows
    ]


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
