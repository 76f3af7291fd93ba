"""Pages that belong to no feature: style guide, numbers to call, language, colours, health."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from entraide import clock, runtime
from entraide.errors import NotFound
from entraide.i18n import LANGUAGES
from entraide.policy import permission
from entraide.web.paths import safe_path
from entraide.web.visitors import visitor

blueprint = Blueprint("web", __name__)

NOT_FOR_ENGINES = (
    "/account",
    "/api/",
    "/federation/",
    "/language/",
    "/login",
    "/logout",
    "/mailbox",
    "/manage",
    "/post/",
    "/requests",
)
"""Logins, drafts, what belongs to one person, and doors for programs."""


@blueprint.get("/styleguide")
@permission(None)
def styleguide() -> str:
    """Show every component of the interface, to those who work on it."""
    if not runtime.current().settings.development:
        raise NotFound
    return render_template("styleguide.html", today=clock.today(), now=clock.now())


@blueprint.get("/help-numbers")
@permission(None)
def help_numbers() -> str:
    """Show whom to call."""
    return render_template("help_numbers.html")


@blueprint.get("/language/<code>")
@permission(None)
def language(code: str) -> AnyResponse:
    """Remember the visitor's language and go back."""
    if code not in LANGUAGES:
        raise NotFound
    browser = visitor()
    browser.keep()
    browser.language, browser.is_cookie_stale = code, True
    return redirect(safe_path(request.args.get("next", "/")), 303)


@blueprint.get("/theme.css")
@permission(None)
def theme() -> Response:
    """Return the site's colours as a stylesheet, since the policy forbids inline styles."""
    site = runtime.current().settings.site
    css = f":root {{ --accent: {site.accent}; --on-accent: {site.on_accent}; }}\n"
    return Response(css, mimetype="text/css", headers={"Cache-Control": "public, max-age=300"})


@blueprint.get("/robots.txt")
@permission(None)
def robots() -> Response:
    """Say what search engines may keep: public pages; nothing of a trial site."""
    closed = ("/",) if runtime.current().settings.development else NOT_FOR_ENGINES
    rules = "".join(f"Disallow: {path}\n" for path in closed)
    return Response(f"User-agent: *\n{rules}", mimetype="text/plain")


@blueprint.get("/health")
@permission(None)
def health() -> Response:
    """Say that the site answers (for monitors and the demo)."""
    return Response("ok\n", mimetype="text/plain")
