"""What the search form and its filters show: choices, places that words may mean, links."""

from __future__ import annotations

from typing import Any

from entraide import i18n, runtime
from entraide.directory import places
from entraide.directory.facet_filters import facet_filters
from entraide.directory.finding import ELSEWHERE, HERE, RADII, WHEN, Found, Wish
from entraide.directory.gazetteer import Place
from entraide.i18n import catalogue

_ = catalogue("entraide")

MOST_PLACES = 6


def search_view(wish: Wish, found: Found, path: str = "/find") -> dict[str, Any]:
    """Return what the search form shows; `path` is the page on which it stands."""
    is_lost = bool(wish.where) and found.place is None
    lost = _("We do not know this place. Write a commune or a postal code.")
    return {
        "q": wish.q, "radius": wish.radius, "kind": wish.kind, "when": wish.when,
        # A code in the address, from elsewhere, is shown as a name.
        "where": label_of(found.place) if found.place and found.place.code == wish.where
        else wish.where,
        "radius_choices": [(radius, f"{radius} km") for radius in RADII],
        "kind_choices": [
            (kind.name, str(kind.heading)) for kind in runtime.current().kinds.values()
        ],
        "when_choices": [(code, str(label)) for code, label, _days in WHEN],
        "place_name": label_of(found.place) if found.place else "",
        "place_choices": _place_choices(wish, found, path),
        "place_problem": str(lost) if is_lost else "",
    }  # fmt: skip


def label_of(place: Place) -> str:
    """Return a place as people tell it from others: `Saint-Denis (93)`."""
    return f"{place.name} ({place.department})"


def kind_links(wish: Wish, *pages: Found) -> list[dict[str, Any]]:
    """Return a link for each kind of help, with how many offers of it these pages found."""
    return [
        {
            "label": str(kind.heading), "icon": kind.icon,
            "count": sum(found.by_kind.get(kind.name, 0) for found in pages),
            "url": wish.url(kind=kind.name), "is_current": kind.name == wish.kind,
        }
        for kind in runtime.current().kinds.values()
    ]  # fmt: skip


def area_links(wish: Wish, *counts: int) -> list[dict[str, Any]]:
    """Return links to everything, to what is near and to the rest, with counts when known."""
    here, elsewhere = counts or (None, None)
    labels = (("", _("Everywhere"), None), (HERE, _("Near here"), here),
              (ELSEWHERE, _("Further away"), elsewhere))  # fmt: skip
    return [
        {"label": str(label), "url": wish.url(area=area), "is_current": wish.area == area,
         "count": count}
        for area, label, count in labels
    ]  # fmt: skip


def filters(wish: Wish, *pages: Found) -> list[dict[str, Any]]:
    """Return the filters as groups of links: the kind, then what its plugin declares."""
    everything = {"label": i18n.gettext("All"), "url": wish.url(kind=""),
                  "is_current": not wish.kind, "count": None}  # fmt: skip
    links = kind_links(wish, *pages)
    if wish.facets:
        # Only the chosen kind was counted: offers of the others lack what its facets ask for.
        links = [link if link["is_current"] else link | {"count": None} for link in links]
    kinds = [everything, *links]
    chosen = runtime.current().kinds.get(wish.kind)
    return [
        {"label": str(_("Kind of help")), "options": kinds},
        *(facet_filters(wish, chosen) if chosen else ()),
    ]


def _place_choices(wish: Wish, found: Found, path: str) -> list[dict[str, Any]]:
    if not places.are_homonyms(wish.where, found.candidates):
        return []
    shown = found.candidates[:MOST_PLACES]
    labels = [label_of(place) for place in shown]
    return [
        {
            "label": label, "is_current": place == found.place, "count": None,
            # Two of one name in one department are told apart by their codes alone.
            "url": wish.url(path, where=label if labels.count(label) == 1 else place.code),
        }
        for place, label in zip(shown, labels, strict=True)
    ]  # fmt: skip
