"""Who visits: the one cookie, the member behind it, and the CSRF token bound to it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, g, request

from entraide import runtime
from entraide.i18n import LANGUAGES
from entraide.ids import new_token
from entraide.policy import Actor

COOKIE = re.compile(r"(?P<language>fr|en)\.(?P<token>[A-Za-z0-9_-]{32})")
SIXTY_DAYS = 60 * 24 * 3600


@dataclass
class Visitor:
    """The browser that asks: its secret token, language, and member when logged in."""

    token: str
    language: str
    member: Actor | None = None
    is_cookie_stale: bool = False

    def renew(self) -> str:
        """Take a fresh token (at login and logout), so that an old cookie is worth nothing."""
        self.token = new_token()
        self.is_cookie_stale = True
        return self.token

    def keep(self) -> str:
        """Return the token, making sure that the browser keeps it."""
        if not self.token:
            self.renew()
        return self.token


def visitor() -> Visitor:
    """Return this request's visitor."""
    if "visitor" not in g:
        g.visitor = _recognise()
    found: Visitor = g.visitor
    return found


def current_member() -> Actor | None:
    """Return the member who is logged in, None for a visitor."""
    return visitor().member


def csrf_token() -> str:
    """Return the token that a form of this visitor must send back."""
    return _csrf_for(visitor().keep())


def is_csrf_valid(given: str) -> bool:
    """Tell whether `given` is the token of this visitor's forms."""
    token = visitor().token
    return bool(token) and hmac.compare_digest(_csrf_for(token).encode(), given.encode())


def cookie_name(site: runtime.Runtime) -> str:
    """Return the cookie's name; browsers ignore ports, so development sites carry their own."""
    if site.settings.development:
        return f"entraide_{site.settings.instance.replace('-', '_')}"
    return "__Host-entraide"


def install(app: Flask, site: runtime.Runtime) -> None:
    """Send the cookie back when it changed."""

    @app.after_request
    def _send_cookie(response: Response) -> Response:
        found: Visitor | None = g.get("visitor")
        if found is not None and found.is_cookie_stale:
            response.set_cookie(
                cookie_name(site), f"{found.language}.{found.token or new_token()}",
                max_age=SIXTY_DAYS, httponly=True, samesite="Lax",
                secure=not site.settings.development, path="/",
            )  # fmt: skip
        return response


def _recognise() -> Visitor:
    site = runtime.current()
    match = COOKIE.fullmatch(request.cookies.get(cookie_name(site), ""))
    if match is None:
        preferred = request.accept_languages.best_match(LANGUAGES)
        return Visitor("", preferred or site.settings.site.language)
    found = Visitor(match["token"], match["language"])
    identify: Callable[[str], Actor | None] = site.services["identify"]
    found.member = identify(found.token)
    return found


def _csrf_for(token: str) -> str:
    key = runtime.current().services["csrf_key"]
    return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()
