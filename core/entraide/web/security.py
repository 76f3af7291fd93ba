"""What every answer carries and every unsafe request must prove: headers, CSRF, host, size."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

from entraide import runtime
from entraide.errors import BadInput, EntraideError
from entraide.server import REFUSED
from entraide.web.transactions import SAFE
from entraide.web.visitors import Visitor, is_csrf_valid, is_page_of_another

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # What is no page has nothing to load and stands in no frame, should a browser show it as one.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
VARYING = ("Cookie", "Accept-Language")
API_PATH = "/api/"
MACHINE_PATHS = (API_PATH, "/federation/", "/.well-known/")
"""Doors for programs: no cookies are read there, so no request can be forged with one."""

MAXIMUM_BODY = 64 * 1024


class CrossSiteRequest(EntraideError):
    """The form was not sent from a page of this site, or from the page of another member."""

    name, status, title = "cross-site-request", 403, "This form came from another site"


class FormExpired(EntraideError):
    """The page of the form is older than the cookie: its text is shown, to be sent once more."""

    name, status, title = "form-expired", 403, "This form has expired"


def is_machine_path(path: str) -> bool:
    """Return whether a path is meant for programs rather than people."""
    return path.startswith(MACHINE_PATHS)


def install(app: Flask, site: runtime.Runtime) -> None:
    """Install the checks on the way in and the headers on the way out."""
    app.config["MAX_CONTENT_LENGTH"] = MAXIMUM_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAXIMUM_BODY
    app.config["MAX_FORM_PARTS"] = 200
    app.config["TRUSTED_HOSTS"] = _trusted_hosts(site)

    @app.before_request
    def _check() -> None:
        _check_request(site)

    @app.after_request
    def _protect(response: Response) -> Response:
        if response.status_code == 304:  # noqa: PLR2004 - a 304 carries ETag and nothing else
            return response
        response.headers |= HEADERS
        _forbid_sharing(response)
        if response.mimetype == "text/html":
            response.headers |= PAGE_HEADERS
        if not site.settings.development:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def _check_request(site: runtime.Runtime) -> None:
    # What the server itself would not read is answered by our page, like any other mistake.
    if (status := request.environ.get(REFUSED)) is not None:
        abort(status)
    # A request that no view will see is answered by its 404 or 405, which say what is wrong.
    is_unsafe = request.method not in SAFE and request.routing_exception is None
    if is_unsafe and not is_machine_path(request.path):
        _check_same_site(site)
    # Other doors for programs have errors of their own for this.
    is_repeated = any(len(values) > 1 for values in request.args.listvalues())
    if is_repeated and request.path.startswith(API_PATH):
        raise BadInput("A parameter is given twice. Give each parameter once.")


def _forbid_sharing(response: Response) -> None:
    # What depends on the cookie must not be kept by a proxy or shown to the next person.
    visitor: Visitor | None = g.get("visitor")
    if visitor is None or "public" in response.headers.get("Cache-Control", ""):
        return
    if "Vary" in response.headers:
        response.vary.update(VARYING)
    else:
        response.headers["Vary"] = ", ".join(VARYING)
    # A browser with a cookie may see what somebody typed in it, and so does whoever sends a form.
    is_typed_in = bool(visitor.token) or request.method not in SAFE
    if visitor.member is not None or visitor.is_cookie_stale or is_typed_in:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"


def _check_same_site(site: runtime.Runtime) -> None:
    # Under "Referrer-Policy: no-referrer" browsers send "Origin: null" with their own forms too;
    # Sec-Fetch-Site, which a page cannot forge, then tells ours from a stranger's.
    origin = request.headers.get("Origin", "null")
    fetched_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    is_foreign = origin not in ("null", site.settings.site.base_url) or fetched_from not in (
        "same-origin",
        "none",
    )
    sent = request.form.get("csrf_token", "")
    if is_foreign or is_page_of_another(sent):
        raise CrossSiteRequest
    if not is_csrf_valid(sent):
        raise FormExpired


def _trusted_hosts(site: runtime.Runtime) -> list[str]:
    host = urlsplit(site.settings.site.base_url).hostname or "localhost"
    return [host, "127.0.0.1", "localhost"] if site.settings.development else [host]
