"""What every template knows: the site, the visitor, the menu, words and dates."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, g, request

from entraide import hooks, i18n, runtime
from entraide.kinds import Link
from entraide.web.paths import here, safe_path
from entraide.web.security import is_machine_path
from entraide.web.visitors import csrf_token, current_member, visitor

MAXIMUM_LINKS = 5


class SiteView:
    """The site as templates see it."""

    def __init__(self, site: runtime.Runtime) -> None:
        settings = site.settings.site
        self.name, self.tagline = settings.name, settings.tagline
        self.phone, self.base_url = settings.phone, settings.base_url
        self.email, self.moderation = settings.email, settings.moderation
        self.is_development = site.settings.development
        self.takes_requests = "help_requests" in site.registry.modules
        self.languages = i18n.LANGUAGES


def install(app: Flask, site: runtime.Runtime) -> None:
    """Give templates their globals and filters, and speak the visitor's language."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    environment: Any = app.jinja_env
    environment.install_gettext_callables(i18n.gettext, i18n.plural_form, newstyle=True)
    environment.globals |= {
        "csrf_token": csrf_token, "take_notice": lambda: visitor().take_notice(),
    }  # fmt: skip
    environment.filters |= {
        "dateformat": i18n.date_in, "datetimeformat": i18n.datetime_in,
        "numberformat": i18n.number_in, "mailto": mailto,
    }  # fmt: skip
    app.context_processor(lambda: context(site))

    @app.before_request
    def _speak() -> None:
        if not is_machine_path(request.path) and request.endpoint != "static":
            g.stack.enter_context(i18n.speaking(visitor().language))


def mailto(address: str) -> str:
    """Return the link that writes to an address, whatever signs stand in it (RFC 6068)."""
    return f"mailto:{quote(address, safe='@')}"


def context(site: runtime.Runtime) -> dict[str, Any]:
    """Return what every page shows."""
    other = "en" if i18n.language() == "fr" else "fr"
    return {
        "site": SiteView(site),
        "member": None if is_machine_path(request.path) else current_member(),
        "navigation": navigation(),
        "current_language": i18n.language(),
        "other_language_url": f"/language/{other}?{urlencode({'next': here()})}",
    }


def navigation() -> list[dict[str, Any]]:
    """Return the menu: at most five entries, in the plugins' order."""
    said = hooks.ask("navigation_links", member=current_member())
    # An entry of the menu leads within the site, whatever a plugin says.
    links = [item.value for item in said if item.value.url == safe_path(item.value.url)]
    links.sort(key=lambda link: link.order)
    return [_entry(link) for link in links[:MAXIMUM_LINKS]]


def _entry(link: Link) -> dict[str, Any]:
    is_current = request.path == link.url or request.path.startswith(link.url.rstrip("/") + "/")
    return {
        "label": str(link.label),
        "url": link.url,
        "icon": link.icon,
        "is_current": is_current if link.url != "/" else request.path == "/",
    }
