"""The pages of the site's own objects, for a row that knows their identifiers."""

from __future__ import annotations

from uuid import UUID

from entraide.gazetteer.territories import commune_name

__all__ = ["commune_name", "offer_url", "organisation_url", "request_url"]


def offer_url(identifier: UUID) -> str:
    """Return the address of the page of one of this site's offers; a `Listing` has a `url`."""
    return f"/offers/{identifier}"


def organisation_url(identifier: UUID) -> str:
    """Return the address of the page of one of this site's associations."""
    return f"/organisations/{identifier}"


def request_url(identifier: UUID) -> str:
    """Return the address of the page of a request, where its answers stand too."""
    return f"/requests/{identifier}"
