"""Pages on which people look for help: home, the hub's home, find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import render_template, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from entraide import runtime
from entraide.directory.finding.form import (
    area_links,
    filters,
    kind_links,
    search_view,
    wider_search,
)
from entraide.directory.finding.offers import (
    ResultPage,
    find_by_area,
    find_offers,
    has_areas,
    has_next_page,
)
from entraide.directory.finding.query import ELSEWHERE, HERE, FindQuery
from entraide.directory.listing.described_kinds import descriptions_for
from entraide.directory.listing.models import Listing
from entraide.directory.listing.sites import names_for
from entraide.directory.pages import cards
from entraide.directory.pages.blueprint import blueprint
from entraide.gazetteer import territories
from entraide.i18n import catalogue
from entraide.policy import permission
from entraide.web.badges import badges_of
from entraide.web.kept_pages import keeps_page
from entraide.web.panels import HUB, panels_of
from entraide.web.shared_content import render_shared
from entraide.web.transactions import session

_ = catalogue("entraide")

HOME_HERE, HOME_ELSEWHERE = 6, 3
FIND_HERE, FIND_ELSEWHERE = 9, 6
"""Cards in each part of a page: multiples of the three that stand side by side."""

MOST_TOWNS = 4
COPIES = 4
"""So many times as many offers are read when texts repeat: several sites may offer the same one."""


@blueprint.get("/")
@permission(None)
@keeps_page
def home() -> str:
    """Show the two doors; on a hub, what is near and from which site."""
    query = FindQuery.from_query(request.args)
    if "posting" not in runtime.current().registry.modules:
        return _hub_home(query, _newest(query, HOME_HERE))
    return render_shared("home.html", partial(_home_values, query))


def _home_values(query: FindQuery) -> dict[str, Any]:
    pages: tuple[ResultPage, ...]
    if has_areas(query):
        here, elsewhere = pages = _by_area(query, HOME_HERE, HOME_ELSEWHERE)
        parts = _areas(query, here, elsewhere)
    else:
        pages = (_newest(query, HOME_HERE),)
        parts = [_part(str(_("New offers")), "", "/find", pages[0])] if pages[0].rows else []
    return {
        "search": search_view(query, pages[0]),
        "kinds": kind_links(query, *pages),
        "parts": parts,
    }


@blueprint.get("/find")
@permission(None)
@keeps_page
def find() -> str | Response:
    """Show the offers that fit, filters as links, and what to do when there are none.

    An address that names a kind as it was called before leads to that of today.
    """
    query = FindQuery.from_query(request.args)
    if query != query.as_named_today:
        return redirect(query.as_named_today.url(), 301)
    is_by_area = has_areas(query) and not query.area and query.page == 1
    values = _values_by_area if is_by_area else _values_of_page
    return render_shared("directory/find.html", partial(values, query))


def _values_of_page(query: FindQuery) -> dict[str, Any]:
    result = find_offers(session(), query)
    wider_url, wider_label = wider_search(query, result)
    return _values(
        query,
        [result],
        areas=area_links(query) if has_areas(query) else [],
        parts=[],
        offers=_cards(result),
        previous_url=query.url(page=query.page - 1) if query.page > 1 else "",
        next_url=query.url(page=query.page + 1) if has_next_page(query.page, result.total) else "",
        wider_url=wider_url,
        wider_label=wider_label,
    )


def _values_by_area(query: FindQuery) -> dict[str, Any]:
    here, elsewhere = _by_area(query, FIND_HERE, FIND_ELSEWHERE)
    return _values(
        query,
        [here, elsewhere],
        areas=area_links(query, here.total, elsewhere.total),
        parts=_areas(query, here, elsewhere) if here.total + elsewhere.total else [],
        offers=[],
    )


def _by_area(query: FindQuery, here: int, elsewhere: int) -> tuple[ResultPage, ResultPage]:
    for copies in (1, COPIES):
        near, far = find_by_area(session(), query, here * copies, elsewhere * copies)
        shown = _folded(near, here)
        rest = _folded(far, elsewhere, map(_text_of, shown.rows))
        if _is_full(shown, here) and _is_full(rest, elsewhere):
            break
    return shown, rest


def _newest(query: FindQuery, size: int) -> ResultPage:
    for copies in (1, COPIES):
        result = _folded(find_offers(session(), query, size=size * copies), size)
        if _is_full(result, size):
            break
    return result


def _is_full(result: ResultPage, size: int) -> bool:
    """Return whether as many are shown as there is room for; more may be left behind copies."""
    return len(result.rows) >= min(size, result.total)


def _folded(result: ResultPage, size: int, seen: Iterable[tuple[str, ...]] = ()) -> ResultPage:
    """Return the first offers of a page, each text once and none of those `seen`."""
    texts = set(seen)
    first = {_text_of(row): row for row in reversed(result.rows)}
    rows = [row for row in result.rows if first[_text_of(row)] is row]
    return replace(result, rows=[row for row in rows if _text_of(row) not in texts][:size])


def _text_of(row: Listing) -> tuple[str, ...]:
    return row.kind or "", row.title.casefold(), row.summary.casefold()


def _values(query: FindQuery, pages: list[ResultPage], **more: Any) -> dict[str, Any]:
    return {
        "search": search_view(query, pages[0]),
        "filters": filters(query, *pages),
        "count": sum(page.total for page in pages),
        **more,
    }


def _areas(query: FindQuery, here: ResultPage, elsewhere: ResultPage) -> list[dict[str, Any]]:
    """Return what is near and the rest as parts of a page; the rest is left out when empty."""
    towns = territories.names(list(runtime.current().settings.site.territory[:MOST_TOWNS]))
    around = str(_("In and around: %(places)s", places=", ".join(towns)))
    near = _part(str(_("Near here")), around, query.url(area=HERE), here)
    title = _("Further away") if query.q else _("Further away, just published")
    far = _part(str(title), "", query.url(area=ELSEWHERE), elsewhere)
    return [near, far] if elsewhere.rows else [near]


def _part(title: str, note: str, url: str, result: ResultPage) -> dict[str, Any]:
    more = url if result.total > len(result.rows) else ""
    return {
        "title": title,
        "note": note,
        "more_url": more,
        "total": result.total,
        "offers": _cards(result),
    }


def _hub_home(query: FindQuery, result: ResultPage) -> str:
    wider_url, wider_label = wider_search(query, result, "/")
    return render_template(
        "directory/hub_home.html",
        search=search_view(query, result, "/"),
        count=result.total,
        kinds=kind_links(query, result),
        offers=_cards(result),
        more_url=query.url(),
        wider_url=wider_url,
        wider_label=wider_label,
        panels=panels_of(HUB),
    )


def _cards(result: ResultPage) -> list[dict[str, Any]]:
    names = names_for(session(), *result.rows)
    kinds = descriptions_for(session(), *result.rows)
    return [
        cards.offer_card(row, names, kinds, result.distances.get(row.uid)) | {"badges": badges}
        for row, badges in zip(result.rows, badges_of(result.rows), strict=True)
    ]
