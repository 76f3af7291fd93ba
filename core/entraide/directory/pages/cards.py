"""What pages show of a listing row: cards, schedules in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entraide import runtime
from entraide.directory.listing.addresses import organisation_url
from entraide.directory.listing.described_kinds import Descriptions, OfSite, find_description
from entraide.directory.listing.models import Listing
from entraide.directory.listing.sites import Names, origin_of
from entraide.directory.payloads.values import described, public_part
from entraide.gazetteer import territories
from entraide.schedules.words import in_words

EXAMPLE_PREFIXES = ("Exemple : ", "Example: ")


def offer_card(
    row: Listing, names: Names, descriptions: Descriptions, distance_km: float | None = None
) -> dict[str, Any]:
    """Return what a card shows of an offer; `names` and `descriptions` are those of other sites."""
    is_example, title = without_example(row.title)
    return {
        "url": row.url,
        "title": title,
        "is_example": is_example,
        **kind_tag((row.origin, row.kind), row.payload, descriptions),
        "organisation": row.organisation["name"] if row.organisation else "",
        "territory": ", ".join(territories.names(row.territory[:3])),
        "distance_km": round(distance_km, 1) if distance_km is not None else None,
        "schedule": schedule_in_words(row.schedule),
        "origin": origin_of(row.origin, names),
        "verified_on": row.verified_on,
    }


def kind_tag(
    of_site: OfSite, payload: Mapping[str, Any] | None, descriptions: Descriptions
) -> dict[str, Any]:
    """Return the kind of an offer in words: those of its plugin, else those that its site gave.

    `is_described`: another site says so, and no plugin here.
    """
    origin, name = of_site
    kind = runtime.current().kinds.get(name or "")
    if kind is not None:
        return {"kind_label": str(kind.label), "icon": kind.icon, "is_described": False}
    description = find_description(descriptions, of_site, payload)
    return {
        "kind_label": description.words if description else "",
        "icon": "site" if description and origin else "other",
        "is_described": bool(description and origin),
    }


def details_of(
    of_site: OfSite, payload: Mapping[str, Any] | None, descriptions: Descriptions
) -> list[tuple[str, str]]:
    """Return (label, words) of each public field of an offer that has a value."""
    kind = runtime.current().kinds.get(of_site[1] or "")
    if kind is not None:
        return described(kind, public_part(kind, payload))
    description = find_description(descriptions, of_site, payload)
    return description.details(payload) if description else []


def offer_page(row: Listing, names: Names, descriptions: Descriptions) -> dict[str, Any]:
    """Return what the page of an offer shows."""
    kind = runtime.current().kinds.get(row.kind or "")
    organisation = row.organisation
    return offer_card(row, names, descriptions) | {
        "summary": row.summary,
        "place_names": territories.names(row.territory),
        "seats_left": row.seats,
        "seats_label": str(kind.question("places_shown", "offer")) if kind else "",
        "details": details_of((row.origin, row.kind), row.payload, descriptions),
        "organisation": organisation
        and {
            "name": organisation["name"],
            "url": organisation_url(organisation["id"], row.origin),
        },
        "verify_by": row.verify_by,
    }


def organisation_card(
    row: Listing, names: Names, offer_count: int, distance: float | None = None
) -> dict[str, Any]:
    """Return what a card shows of an organisation; `names` are those of other sites."""
    return {
        "url": row.url,
        "name": row.title,
        "summary": row.summary,
        "territory": ", ".join(territories.names(row.territory[:3])),
        "distance_km": round(distance, 1) if distance is not None else None,
        "offer_count": offer_count,
        "origin": origin_of(row.origin, names),
    }


def without_example(title: str) -> tuple[bool, str]:
    """Return whether a title is marked as an example, and return it without the mark."""
    for prefix in EXAMPLE_PREFIXES:
        if title.startswith(prefix):
            return True, title.removeprefix(prefix)
    return False, title


def schedule_in_words(schedule: dict[str, Any] | None) -> str:
    """Write when something takes place; empty when it has no date."""
    return in_words(schedule) if schedule else ""
