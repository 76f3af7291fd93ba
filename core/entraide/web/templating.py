"""What every template knows: the site, the visitor, the menu, words and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, current_app, g, request
from markupsafe import Markup

from entraide import asks, i18n, runtime
from entraide.kinds import Link
from entraide.plugins.loading import BUILT_IN_NAMES
from entraide.policy import Actor
from entraide.web import kept_pages
from entraide.web.paths import here, safe_path
from entraide.web.security import is_machine_path
from entraide.web.visitors import csrf_token, current_member, visitor

MAXIMUM_LINKS = 7
"""A coordinator has six links of the site's own; plugins get what is left, at least one."""
LINK_BYTES = 300
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


class SiteView:
    """The site as templates see it."""

    def __init__(self, site: runtime.Runtime) -> None:
        settings = site.settings.site
        # The tagline is in the site's own language: other readers see words of theirs.
        is_own = i18n.language() == settings.language
        self.name, self.tagline = settings.name, settings.tagline if is_own else ""
        self.phone, self.base_url = settings.phone, settings.base_url
        self.email, self.moderation = settings.email, settings.moderation
        self.is_development = site.settings.development
        self.takes_posts = "posting" in site.registry.modules
        self.takes_requests = "help_requests" in site.registry.modules
        self.languages = i18n.LANGUAGES


def install(app: Flask, site: runtime.Runtime) -> None:
    """Give templates their globals and filters, and speak the visitor's language."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    environment: Any = app.jinja_env
    environment.install_gettext_callables(i18n.gettext, i18n.plural_form, newstyle=True)
    environment.globals |= {
        "csrf_token": csrf_token,
        "take_notice": lambda: visitor().take_notice(),
    }
    environment.filters |= i18n.FILTERS | {"paragraphs": paragraphs, "mailto": mailto}
    app.context_processor(lambda: context(site))

    @app.before_request
    def _speak() -> None:
        if not is_machine_path(request.path) and request.endpoint != "static":
            g.stack.enter_context(i18n.speaking(visitor().language))


def mailto(address: str) -> str:
    """Return the link that writes to an address, whatever signs stand in it (RFC 6068)."""
    return f"mailto:{quote(address, safe='@')}"


@dataclass(frozen=True)
class Frame:
    """What all pages of one language have in common."""

    links: Markup
    foot: Markup


def _frame(site: SiteView) -> Frame:
    """Return the frame in the reader's language, made once: settings stay as they are."""
    frames: dict[str, Frame] = current_app.extensions.setdefault("frames", {})
    language = i18n.language()
    if language not in frames:
        macros: Any = current_app.jinja_env.get_template("components/frame.html").module
        frames[language] = Frame(macros.links(), macros.foot(site))
    return frames[language]


def context(site: runtime.Runtime) -> dict[str, Any]:
    """Return what every page shows."""
    other = "en" if i18n.language() == "fr" else "fr"
    view = SiteView(site)
    return {
        "site": view,
        "frame": _frame(view),
        "member": None if is_machine_path(request.path) else current_member(),
        "navigation": navigation(),
        "current_language": i18n.language(),
        "other_language_url": f"/language/{other}?{urlencode({'next': here()})}",
    }


def paragraphs(words: object) -> list[str]:
    """Return the paragraphs of what a person wrote (template filter)."""
    parts = _BLANK_LINES.split(i18n.unbroken(str(words or "")).strip())
    return [part for part in parts if part]


@dataclass(frozen=True)
class Menu:
    """The entries of one person's menu."""

    links: tuple[Link, ...]

    @property
    def size(self) -> int:
        """Return about how many bytes keeping it takes."""
        return LINK_BYTES * len(self.links)


def navigation() -> list[dict[str, Any]]:
    """Return the entries of the menu, and which of them the page belongs to."""
    return [_entry(link) for link in _menu(current_member()).links]


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
    """Return the entries in the order asked for: the site's own, and plugins' as room is left."""
    results = asks.navigation_links(member)
    # An entry of the menu leads within the site, whatever a plugin says.
    links = [item.value for item in results if item.value.url == safe_path(item.value.url)]
    own = [item.value for item in results if item.plugin in BUILT_IN_NAMES]
    links.sort(key=lambda link: link.order)
    foreign = MAXIMUM_LINKS - sum(link in own for link in links)
    return Menu(tuple(_first(links, own, foreign)))


def _first(links: list[Link], own: list[Link], foreign: int) -> list[Link]:
    """Return `own` links and the first `foreign` of the others, in their order."""
    kept = [link for link in links if link not in own][: max(foreign, 1)]
    return [link for link in links if link in own or link in kept]


def _entry(link: Link) -> dict[str, Any]:
    is_current = request.path == link.url or request.path.startswith(link.url.rstrip("/") + "/")
    return {
        "label": str(link.label),
        "url": link.url,
        "icon": link.icon,
        "is_current": is_current if link.url != "/" else request.path == "/",
    }
