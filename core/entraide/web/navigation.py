"""The menu: the site's own entries always, plugins' as room is left, the rest under "More"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from flask import request

from entraide import asks
from entraide.kinds import Link
from entraide.plugins.icons import icon_of
from entraide.plugins.loading import BUILT_IN_NAMES
from entraide.policy import Actor
from entraide.web import kept_pages
from entraide.web.paths import safe_path

log = structlog.get_logger("entraide.navigation")

ENTRIES = 7
"""So many entries the bar has, "More" among them. A coordinator's six of the core's own fit."""

LINK_BYTES = 300


@dataclass(frozen=True)
class Menu:
    """The entries of one person's menu: in the bar, and under "More"."""

    links: tuple[Link, ...]
    more: tuple[Link, ...] = ()

    @property
    def size(self) -> int:
        """Return about how many bytes keeping it takes."""
        return LINK_BYTES * (len(self.links) + len(self.more))


@dataclass(frozen=True)
class Navigation:
    """The menu as a page shows it: each entry with whether the page belongs to it."""

    links: list[dict[str, Any]]
    more: list[dict[str, Any]]

    @property
    def is_more_current(self) -> bool:
        """Return whether the page belongs to an entry under "More"."""
        return any(entry["is_current"] for entry in self.more)


def navigation_of(member: Actor | None) -> Navigation:
    """Return the menu of a member, or of a visitor, for the page that is asked for."""
    menu = _menu(member)
    return Navigation([_entry(link) for link in menu.links], [_entry(link) for link in menu.more])


def _menu(member: Actor | None) -> Menu:
    """Return somebody's menu: every page asks, it is made again when the database has changed."""
    kept, edition = kept_pages.kept_for_request()
    if edition is None:
        return _make_menu(member)
    key = "menu", member and (member.id, member.roles)
    menu: Menu | None = kept.find(edition, key)
    if menu is None:
        menu = _make_menu(member)
        kept.keep(edition, key, menu)
    return menu


def _make_menu(member: Actor | None) -> Menu:
    results = asks.navigation_links(member)
    # An entry of the menu leads within the site, whatever a plugin says.
    results = [item for item in results if _leads_within(item.plugin, item.value)]
    own = _ordered(item.value for item in results if item.plugin in BUILT_IN_NAMES)
    foreign = _ordered(
        replace(item.value, icon=icon_of(item.plugin, item.value.icon, item.value.url))
        for item in results
        if item.plugin not in BUILT_IN_NAMES
    )
    return arrange(own, foreign)


def _leads_within(plugin: str, link: Link) -> bool:
    if link.url == safe_path(link.url):
        return True
    log.warning(
        "link-left-out",
        hook="navigation_links",
        plugin=plugin,
        url=link.url,
        remedy=f"An entry of the menu leads to a page of the site, such as /{plugin}/.",
    )
    return False


def arrange(own: list[Link], foreign: list[Link]) -> Menu:
    """Return the menu with the core's own links first, whatever order plugins ask for.

    Plugins' links follow while they fit; when some do not, those lie under "More", which takes a
    place itself. One alone stands in the bar: it takes no more room there than "More" would.
    """
    room = max(ENTRIES - len(own), 1)
    if len(foreign) > room:
        room -= 1
    return Menu((*own, *foreign[:room]), tuple(foreign[room:]))


def _ordered(links: Iterable[Link]) -> list[Link]:
    """Return links by their `order`; those with the same one stay in the order of the plugins."""
    return sorted(links, key=lambda link: link.order)


def _entry(link: Link) -> dict[str, Any]:
    path = request.path
    is_current = path == link.url or path.startswith(link.url.rstrip("/") + "/")
    return {
        "label": str(link.label),
        "url": link.url,
        "icon": link.icon,
        "is_current": is_current if link.url != "/" else path == "/",
    }
