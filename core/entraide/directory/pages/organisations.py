"""Pages of organisations: the list near a commune, and each one with its offers."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import request

from entraide import runtime, text
from entraide.directory.finding.form import search_view, wider_search
from entraide.directory.finding.offers import ResultPage, has_next_page
from entraide.directory.finding.organisations import (
    count_offers,
    find_organisation,
    find_organisations,
    offers_of,
)
from entraide.directory.finding.query import FindQuery
from entraide.directory.listing import addresses
from entraide.directory.listing.described_kinds import descriptions_for
from entraide.directory.listing.models import Listing
from entraide.directory.listing.sites import Names, names_for, origin_of
from entraide.directory.models import Organisation
from entraide.directory.pages import cards
from entraide.directory.pages.blueprint import blueprint
from entraide.gazetteer import territories
from entraide.hooks import listeners
from entraide.i18n import Text, catalogue
from entraide.policy import permission
from entraide.web.badges import badges_of
from entraide.web.kept_pages import keeps_page
from entraide.web.panels import panels_of
from entraide.web.shared_content import render_shared
from entraide.web.transactions import session

_ = catalogue("entraide")

LIST = "/organisations"
FORMS: dict[str, Text] = {
    "association": _("Association"),
    "public": _("Public service"),
    "collective": _("Collective of people"),
    "company": _("Company"),
}


@blueprint.get(LIST)
@permission(None)
@keeps_page
def organisations() -> str:
    """Show the organisations near a commune, or the newest."""
    query = FindQuery.from_query(request.args)
    return render_shared("directory/organisations.html", partial(_values, query))


def _values(query: FindQuery) -> dict[str, Any]:
    result = find_organisations(session(), query)
    wider_url, wider_label = wider_search(query, result, LIST)
    is_followed = has_next_page(query.page, result.total)
    return {
        "search": search_view(query, result, LIST),
        "count": result.total,
        "organisations": _cards(result),
        "previous_url": query.url(LIST, page=query.page - 1) if query.page > 1 else "",
        "next_url": query.url(LIST, page=query.page + 1) if is_followed else "",
        "wider_url": wider_url,
        "wider_label": wider_label,
    }


def _cards(result: ResultPage) -> list[dict[str, Any]]:
    counts = count_offers(session(), [row.uid for row in result.rows])
    names = names_for(session(), *result.rows)
    return [
        cards.organisation_card(row, names, counts.get(row.uid, 0), result.distances.get(row.uid))
        | {"badges": badges}
        for row, badges in zip(result.rows, badges_of(result.rows), strict=True)
    ]


@blueprint.get(f"{LIST}/<uuid:identifier>")
@permission(None)
@keeps_page
def own_organisation(identifier: UUID) -> str:
    """Show one of our organisations."""
    return _page(identifier)


@blueprint.get(f"{LIST}/<host>/<uuid:identifier>")
@permission(None)
@keeps_page
def organisation(host: str, identifier: UUID) -> str:
    """Show an organisation of another site."""
    return _page(identifier, host)


def _page(identifier: UUID, host: str = "") -> str:
    values = partial(_values_of, identifier, host)
    panels = _panels(identifier, host)
    return render_shared("directory/organisation.html", values, panels=panels)


def _panels(identifier: UUID, host: str) -> list[dict[str, Any]]:
    # One may be for the reader alone: none can stand in what is kept for everybody.
    if not listeners("panels"):
        return []
    row = find_organisation(session(), identifier=identifier, host=host)
    return panels_of(row if host else session().get_one(Organisation, identifier))


def _values_of(identifier: UUID, host: str) -> dict[str, Any]:
    row = find_organisation(session(), identifier=identifier, host=host)
    page = FindQuery.from_query(request.args).page
    offers, total = offers_of(session(), row.uid, page)
    path = addresses.organisation_url(row.uid, row.origin)
    names = names_for(session(), row, *offers)
    kinds = descriptions_for(session(), *offers)
    return {
        "organisation": _view(row, names, total),
        "offers": [
            cards.offer_card(offer, names, kinds) | {"badges": badges}
            for offer, badges in zip(offers, badges_of(offers), strict=True)
        ],
        "previous_url": f"{path}?page={page - 1}" if page > 1 else "",
        "next_url": f"{path}?page={page + 1}" if has_next_page(page, total) else "",
    }


def _view(row: Listing, names: Names, offer_count: int) -> dict[str, Any]:
    payload = row.payload or {}
    form = FORMS.get(str(payload.get("form")))
    return {
        "name": row.title,
        "summary": row.summary,
        "offer_count": offer_count,
        "place_names": territories.names(row.territory),
        "website": _website(payload.get("url")),
        "details": [(str(_("Type")), str(form))] if form else [],
        "origin": origin_of(row.origin, names),
        "verified_on": row.verified_on,
    }


def _website(url: Any) -> dict[str, str] | None:
    is_development = runtime.current().settings.development
    if not isinstance(url, str) or not text.is_clean_url(url, https_only=not is_development):
        return None
    return {"url": url, "host": urlsplit(url).netloc}
