"""Leaving quickly: the site forgets who was here, then the browser goes to a neutral page.

This is a GET, unlike every other change: a form would have to be allowed to send the browser to
another site, and would leave a page behind that Back asks to send again. Nothing is lost by it
that other sites could aim at: they cannot make a browser open it with its cookie unseen
(SameSite), and what they link to, or a browser fetches in advance, changes nothing
(Sec-Fetch-Site, Sec-Purpose).

Whatever fails on our side, the browser leaves and forgets its cookie.
"""

from __future__ import annotations

import traceback

import structlog
from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from entraide import database, runtime
from entraide.errors import Busy
from entraide.members import sessions
from entraide.policy import permission
from entraide.web.visitors import Visitor, visitor

log = structlog.get_logger("entraide.members")
blueprint = Blueprint("leaving", __name__)
"""One of its own: an error of this page alone is answered by leaving."""


@blueprint.get("/leave")
@permission(None)
def leave() -> Response:
    """Forget the visit and its drafts, or end the member's session; go to the neutral page."""
    if _is_meant():
        browser = visitor()
        _forget(browser.token)
        browser.forget()
    return _go()


@blueprint.errorhandler(Exception)
def leave_anyway(error: Exception) -> Response:
    """Go to the neutral page when even who asks cannot be found out."""
    words = "".join(traceback.format_exception(error))
    log.error("leave-not-saved", exception=words)
    if _is_meant():
        g.visitor = Visitor("", runtime.current().settings.site.language)
        g.visitor.forget()
    return _go()


def _go() -> Response:
    answer = redirect(runtime.current().settings.site.quick_exit_url, 303)
    answer.headers["Cache-Control"] = "no-store"
    if _is_meant():
        answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _is_meant() -> bool:
    headers = request.headers
    if request.method != "GET":
        return False
    is_fetched_ahead = "prefetch" in f"{headers.get('Sec-Purpose')} {headers.get('Purpose')}"
    return headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none") and not is_fetched_ahead


def _forget(token: str) -> None:
    try:
        with database.writing() as session:
            sessions.forget(session, token=token)
    except Busy:
        # Whoever leaves does not wait: the browser forgets its cookie, which nobody else has.
        log.warning("leave-not-saved")
