"""What every template knows: the site, the visitor, the menu, words and dates."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, current_app, g, request
from flask.templating import Environment
from markupsafe import Markup

from entraide import i18n, runtime
from entraide.gazetteer.territories import commune_name
from entraide.web import pictograms
from entraide.web.navigation import navigation_of
from entraide.web.paths import here
from entraide.web.security import is_machine_path
from entraide.web.visitors import csrf_token, current_member, visitor

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


class PageTemplates(Environment):
    """The templates of a site: what all of them know is known before the first is read.

    Jinja looks through two tables for each name, in case one is added later. That costs a tenth of
    a page, because each import of macros asks for all names.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what one template knows."""
        return {**self.globals, **(d or {})}


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
        "pictogram": pictograms.pictogram,
        "icon_names": pictograms.names,
        "take_notice": lambda: visitor().take_notice(),
    }
    environment.filters |= FILTERS
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
    beginning: Markup
    brand: Markup
    exit: Markup
    foot: Markup
    promise: Markup


def _frame(site: SiteView) -> Frame:
    """Return the frame in the reader's language, made once: settings stay as they are."""
    frames: dict[str, Frame] = current_app.extensions.setdefault("frames", {})
    language = i18n.language()
    if language not in frames:
        macros: Any = current_app.jinja_env.get_template("components/frame.html").module
        frames[language] = Frame(
            links=macros.links(),
            beginning=macros.beginning(site),
            brand=macros.brand(site),
            exit=macros.exit(),
            foot=macros.foot(site),
            promise=macros.promise(),
        )
    return frames[language]


def context(site: runtime.Runtime) -> dict[str, Any]:
    """Return what every page shows."""
    other = "en" if i18n.language() == "fr" else "fr"
    view = SiteView(site)
    return {
        "site": view,
        "frame": _frame(view),
        "member": None if is_machine_path(request.path) else current_member(),
        "navigation": navigation_of(current_member()),
        "current_language": i18n.language(),
        "other_language_url": f"/language/{other}?{urlencode({'next': here()})}",
    }


def paragraphs(words: object) -> list[str]:
    """Return the paragraphs of what a person wrote (template filter)."""
    parts = _BLANK_LINES.split(i18n.unbroken(str(words or "")).strip())
    return [part for part in parts if part]


FILTERS: dict[str, Callable[..., Any]] = i18n.FILTERS | {
    "commune": commune_name,
    "mailto": mailto,
    "paragraphs": paragraphs,
}
"""The filters of pages."""
