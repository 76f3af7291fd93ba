"""What pages show of the federation: on a hub's home, the sites and how each is doing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import Listing, Panel, catalogue, database
from entraide_federation.pages import care
from entraide_federation.store.health import OriginHealth, health
from entraide_federation.store.models import KeptBack, OriginState
from entraide_federation.withholding import decisions

_ = catalogue("entraide_federation")

STATUS = {
    OriginState.LIVE: "fresh",
    OriginState.RELEASED: "starting",
    OriginState.NEW: "starting",
    OriginState.STALE: "late",
    "hidden": "silent",
}
"""Words of the interface for the states of an origin; any other state is "set aside"."""


MOST_KEPT_BACK = 50
"""Lines of what is kept back; `entraide federation peers` lists everything."""

CARE = {
    care.ADDRESS: _("The address in the settings is not the one under which this site publishes."),
    care.KEYS: _(
        "The keys with which this site signs are missing or do not fit. Nothing leaves it."
    ),
    care.KEYSET: _("The keys of this site end soon or have ended. Take the recovery sheet."),
    care.PUBLISHER: _("What changes here has not been sent to the other sites for a while."),
    care.FEED: _("What this site publishes names two addresses, so no other site believes it."),
    care.PEERS: _("Other sites are set aside until you decide."),
}
"""What an administrator reads of each thing that is wrong; `entraide status` has the remedy."""


def care_panel() -> Panel | None:
    """Return the box for administrators with what is wrong, None when all is well."""
    sentences = [CARE[failure.name] for failure in care.failures()]
    if not sentences:
        return None
    advice = _("The command “entraide status” on the server says more, and what to do.")
    context = {"sentences": sentences, "advice": advice}
    return Panel(_("Exchange with other sites: please look"), "federation/care.html", 10, context)


def sites_panel() -> Panel:
    """Return the box with every site of the network."""
    with database.reading() as session:
        counts = count_offers(session)
        sites = [site_view(site, counts.get(site.base, 0)) for site in health(session)]
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
        decisions.OPERATOR: _("decided by this site"),
        decisions.REMOVED: _("no longer read by this site"),
        decisions.RELAY: _("decided by the hub that we read"),
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
        "keys_end_at": origin.keys_end_at,
        "keys_words": _(
            "%(name)s has to renew its keys. They are good until", name=origin.name or origin.host
        ),
    }
