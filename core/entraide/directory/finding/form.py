"""What the search form and its filters show: choices, places that words may mean, links."""

from __future__ import annotations

from typing import Any

from entraide import i18n, runtime
from entraide.directory.finding.facets import facet_filters
from entraide.directory.finding.offers import ResultPage
from entraide.directory.finding.query import ELSEWHERE, HERE, RADII, WHEN, FindQuery
from entraide.gazetteer import territories
from entraide.gazetteer.areas import Area, region_around
from entraide.gazetteer.communes import Place
from entraide.i18n import catalogue

_ = catalogue("entraide")

SHOWN_PLACES = 6
"""So many meanings are seen at once; the others are one tap further away."""

MOST_SUGGESTIONS = 40


def search_view(query: FindQuery, result: ResultPage, path: str = "/find") -> dict[str, Any]:
    """Return what the search form shows; `path` is the page on which it stands."""
    return {
        "q": query.q,
        "radius": query.radius,
        "kind": query.kind,
        "when": query.when,
        # What was typed stays; a code of one of our links is shown as a name.
        "where": query.where or (label_of(result.place) if result.place else ""),
        "radius_choices": [(radius, f"{radius} km") for radius in RADII],
        "kind_choices": [
            (kind.name, str(kind.heading)) for kind in runtime.current().kinds.values()
        ],
        "when_choices": [(code, str(label)) for code, label, _days in WHEN],
        "around": _around(result),
        "place_choices": _place_choices(query, result, path),
        "is_ambiguous": result.meaning.namesakes > 1,
        "place_problem": _place_problem(query, result),
        "suggestions": suggested_places(),
    }


def suggested_places() -> list[str]:
    """Return the labels of the site's own communes and its districts, for the field of places."""
    site = runtime.current().settings.site
    own = territories.gazetteer().places(site.territory[:MOST_SUGGESTIONS])
    return [*map(label_of, own), *site.districts][:MOST_SUGGESTIONS]


def wider_search(query: FindQuery, result: ResultPage, path: str = "/find") -> tuple[str, str]:
    """Return the address of a wider search and its words; two empty texts when there is none."""
    if result.area:
        region = region_around(result.area)
        if region is None:
            return "", ""
        label = str(_("Search in the whole region: %(name)s", name=region.name))
        return query.url(path, where=str(region.label), place=""), label
    wider = next((radius for radius in RADII if radius > query.radius), None)
    if wider is None or result.place is None or result.place.point is None:
        return "", ""
    return query.url(path, radius=wider), str(_("Search within %(radius)s km", radius=wider))


def label_of(meant: Place | Area) -> str:
    """Return a place as people tell it from others, `Saint-Denis (93)`, or the label of an area.

    Whoever writes it is understood without a question.
    """
    if isinstance(meant, Area):
        return str(meant.label)
    return f"{meant.name} ({meant.department})"


def kind_links(query: FindQuery, *pages: ResultPage) -> list[dict[str, Any]]:
    """Return a link for each kind of help, with how many offers of it these pages found."""
    return [
        {
            "label": str(kind.heading),
            "icon": kind.icon,
            "count": sum(page.by_kind.get(kind.name, 0) for page in pages),
            "url": query.url(kind=kind.name),
            "is_current": kind.name == query.kind,
        }
        for kind in runtime.current().kinds.values()
    ]


def area_links(query: FindQuery, *counts: int) -> list[dict[str, Any]]:
    """Return links to everything, to what is near and to the rest, with counts when known."""
    here, elsewhere = counts or (None, None)
    labels = (
        ("", _("Everywhere"), None),
        (HERE, _("Near here"), here),
        (ELSEWHERE, _("Further away"), elsewhere),
    )
    return [
        {
            "label": str(label),
            "url": query.url(area=area),
            "is_current": query.area == area,
            "count": count,
        }
        for area, label, count in labels
    ]


def filters(query: FindQuery, *pages: ResultPage) -> list[dict[str, Any]]:
    """Return the filters as groups of links: the kind, then what its plugin declares."""
    everything = {
        "label": i18n.gettext("All"),
        "url": query.url(kind=""),
        "is_current": not query.kind,
        "count": None,
    }
    links = kind_links(query, *pages)
    if query.facets:
        # Only the chosen kind was counted: offers of the others lack what its facets ask for.
        links = [link if link["is_current"] else link | {"count": None} for link in links]
    kinds = [everything, *links]
    chosen = runtime.current().kinds.get(query.kind)
    return [
        {"label": str(_("Kind of help")), "options": kinds},
        *(facet_filters(query, chosen) if chosen else ()),
    ]


def _place_problem(query: FindQuery, result: ResultPage) -> str:
    if not query.has_place or result.meaning.choices:
        return ""
    return str(_("We do not know this place. Write a commune or a postal code."))


def _around(result: ResultPage) -> str:
    """Return where was searched, as the heading of the results says it."""
    if result.area:
        return str(_("in %(place)s", place=label_of(result.area)))
    return i18n.around(label_of(result.place)) if result.place else ""


def _place_choices(query: FindQuery, result: ResultPage, path: str) -> list[dict[str, Any]]:
    if result.meaning.is_certain:
        return []
    return [
        {
            "label": label_of(meant),
            "is_current": number == 0,
            "count": None,
            "url": query.url(path, **_address(meant), page=1),
        }
        for number, meant in enumerate(result.meaning.choices)
    ]


def _address(meant: Place | Area) -> dict[str, str]:
    """Return how a link names a place: by its code, unless another place is known by that code."""
    if isinstance(meant, Area) or territories.gazetteer().place(meant.code) != meant:
        return {"where": label_of(meant), "place": ""}
    return {"where": "", "place": meant.code}
