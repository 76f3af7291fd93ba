"""What pages show of the federation: on a hub's home, the sites and how each is doing."""

from __future__ import annotations

from typing import Any

from entraide import Panel, catalogue, database
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
        sites = [site_view(origin) for origin in health(session)]
    return Panel(_("Where the offers come from"), "federation/sites.html", 50, {"sites": sites})


def site_view(origin: OriginHealth) -> dict[str, Any]:
    """Return what the table shows of one site."""
    return {
        "name": origin.name or origin.host,
        "url": origin.base,
        "host": origin.host,
        "status": STATUS.get(origin.state, "aside"),
        "last_seen_at": origin.last_seen_at,
        "offer_count": origin.live_count,
    }
