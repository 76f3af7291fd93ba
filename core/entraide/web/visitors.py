"""Who visits: the one cookie, the member behind it, and the CSRF token bound to it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from entraide import runtime
from entraide.errors import LoginRequired
from entraide.i18n import LANGUAGES, Text
from entraide.ids import new_token
from entraide.policy import Actor
from entraide.runtime import Slot
from entraide.web import notices

COOKIE = re.compile(
    r"(?P<language>fr|en)\.(?P<token>[A-Za-z0-9_-]{32})"
    r"(?:\.(?P<notice>[A-Za-z0-9_-]{1,1500})?(?:~(?P<mark>[a-f0-9]{24}))?)?"
)
MASKED = re.compile(r"[0-9a-f]{128}")
BAD_REQUEST = 400
MARK_LENGTH = 32
SIXTY_DAYS = 60 * 24 * 3600
ATTRIBUTES: dict[str, Any] = {"httponly": True, "samesite": "Lax", "path": "/"}
"""Attributes that the cookie has when it is set and when it is deleted."""


CSRF_KEY = Slot[bytes]("key of forms and notices")
IDENTIFY = Slot[Callable[[str], tuple[Actor | None, UUID | None]]](
    "way to know a member or a visit by their cookie"
)


@dataclass
class Visitor:
    """The browser that asks: its secret token, language, and member when logged in.

    `mark` is kept of the last login, also after logging out: by it the browser is known when it
    asks for a link, and is not stopped by what strangers do. `notice` is what the request before
    said to this page, `next_notice` what this one says to the next; `visit` is the id of what a
    visitor without an account wrote in, "" when nothing was written; `arrived` is the token, the
    member and the visit with which the request came.
    """

    token: str
    language: str
    member: Actor | None = None
    visit: str = ""
    is_cookie_stale: bool = False
    is_gone: bool = False
    notice: str = ""
    next_notice: str = ""
    mark: str = ""
    arrived: tuple[str, Actor | None, str] = ("", None, "")

    def say(self, words: Text | str) -> None:
        """Tell the person at the top of their next page, once, what has just been done."""
        self.next_notice = str(words)
        self.keep()
        self.is_cookie_stale = True

    def take_notice(self) -> str:
        """Return what the request before this one said, and forget it; empty when it was silent."""
        words, self.notice = self.notice, ""
        self.is_cookie_stale = self.is_cookie_stale or bool(words)
        return words

    def renew(self, *, keeps_visit: bool = False) -> str:
        """Take a fresh token, so that an old cookie is worth nothing.

        With `keeps_visit` the caller lets it open the same visit (`members.sessions`); at login
        and logout it opens none.
        """
        self.token = new_token()
        self.is_cookie_stale = True
        self.visit = self.visit if keeps_visit else ""
        return self.token

    def undo(self) -> None:
        """Go back to the cookie that came, when what a fresh one stood for was rolled back."""
        if self.arrived[0]:
            self.token, self.member, self.visit = self.arrived

    def forget(self) -> None:
        """Make the browser forget its cookie, and with it everything that the site knew it by."""
        self.token, self.member, self.visit, self.is_gone = "", None, "", True

    def keep(self) -> str:
        """Return the token, making sure that the browser keeps it."""
        if not self.token:
            self.renew()
        return self.token


def visitor() -> Visitor:
    """Return this request's visitor."""
    browser: Visitor | None = g.get("visitor")
    if browser is None:
        browser = g.visitor = _recognise()
    return browser


def undo_changes() -> None:
    """Take back what a failed request did to the cookie, before its page is made."""
    browser: Visitor | None = g.get("visitor")
    if browser is not None:
        browser.undo()


def current_member() -> Actor | None:
    """Return the member who is logged in, None for a visitor."""
    return visitor().member


def require_member() -> Actor:
    """Return the member who is logged in; LoginRequired when nobody is."""
    member = current_member()
    if member is None:
        raise LoginRequired
    return member


def csrf_token() -> str:
    """Return the token that a form of this visitor must send back, masked anew each time.

    Pages are compressed: a token that stood there twice alike, beside words that somebody else
    chose, could be guessed from the lengths of many pages. For a member it ends with a mark of
    theirs, so that an old page tells whose it was. In a visit it outlives a change of the cookie,
    so that a page in another window can still be sent.
    """
    mark = _mark_of(current_member()) or g.get("page_of", "")
    browser = visitor()
    browser.keep()
    token = _csrf_for(browser)
    mask = secrets.token_bytes(len(token))
    masked = (mask + _xor(mask, token)).hex()
    return f"{masked}.{mark}" if mark else masked


def is_csrf_valid(given: str) -> bool:
    """Return whether `given` is the token of this visitor's forms."""
    browser = visitor()
    sent = given.partition(".")[0]
    if not browser.token or not MASKED.fullmatch(sent):
        return False
    both = bytes.fromhex(sent)
    half = len(both) // 2
    return hmac.compare_digest(_csrf_for(browser), _xor(both[:half], both[half:]))


def is_page_of_another(given: str) -> bool:
    """Return whether a form's token says that its page was shown to another member.

    Raises LoginRequired when nobody is logged in: what stands on the page is that member's, who
    may go on after logging in again, and nobody else.
    """
    mark, own = given.partition(".")[2][:MARK_LENGTH], _mark_of(current_member())
    if mark and not own:
        g.page_of = mark if mark.isalnum() else ""
        raise LoginRequired
    return bool(mark) and not hmac.compare_digest(mark.encode(), own.encode())


def cookie_name(site: runtime.Runtime) -> str:
    """Return the cookie's name; browsers ignore ports, so development sites carry their own."""
    if site.settings.development:
        return f"entraide_{site.settings.instance.replace('-', '_')}"
    return "__Host-entraide"


def install(app: Flask, site: runtime.Runtime) -> None:
    """Send the cookie back when it changed."""

    @app.after_request
    def _send_cookie(response: Response) -> Response:
        browser: Visitor | None = g.get("visitor")
        is_secure = not site.settings.development
        if browser is not None and browser.is_gone:
            response.delete_cookie(cookie_name(site), secure=is_secure, **ATTRIBUTES)
        elif browser is not None and browser.is_cookie_stale:
            cookie = _cookie_of(browser, is_done=response.status_code < BAD_REQUEST)
            response.set_cookie(
                cookie_name(site), cookie, max_age=SIXTY_DAYS, secure=is_secure, **ATTRIBUTES
            )
        return response


@lru_cache(maxsize=512)
def preferred_language(accepted: str) -> str | None:
    """Return which of our languages a browser prefers, by its `Accept-Language`; None for others."""
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES)


def _recognise() -> Visitor:
    site = runtime.current()
    match = COOKIE.fullmatch(request.cookies.get(cookie_name(site), ""))
    if match is None:
        preferred = preferred_language(request.headers.get("Accept-Language", ""))
        return Visitor("", preferred or site.settings.site.language)
    browser = Visitor(match["token"], match["language"], mark=match["mark"] or "")
    if match["notice"]:
        key = CSRF_KEY.get(site)
        browser.notice = notices.unseal(match["notice"], key=key, token=browser.token)
    browser.member, visit_id = IDENTIFY.get(site)(browser.token)
    browser.visit = visit_id.hex if visit_id else ""
    browser.arrived = browser.token, browser.member, browser.visit
    return browser


def _cookie_of(browser: Visitor, *, is_done: bool) -> str:
    cookie = f"{browser.language}.{browser.token or new_token()}"
    # Whatever a request said before it failed is not true.
    words = (browser.next_notice if is_done else "") or browser.notice
    key = CSRF_KEY.get()
    notice = notices.seal(words, key=key, token=browser.token) if words else ""
    more = f"{notice}~{browser.mark}" if browser.mark else notice
    return f"{cookie}.{more}" if more else cookie


def _mark_of(member: Actor | None) -> str:
    if member is None:
        return ""
    key = CSRF_KEY.get()
    return hmac.new(key, b"page of " + member.id.bytes, hashlib.sha256).hexdigest()[:MARK_LENGTH]


def _csrf_for(browser: Visitor) -> bytes:
    key = CSRF_KEY.get()
    bound_to = f"visit {browser.visit}" if browser.visit else browser.token
    return hmac.new(key, bound_to.encode(), hashlib.sha256).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(octet ^ other for octet, other in zip(left, right, strict=True))
