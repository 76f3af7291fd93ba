"""Leaving quickly: the site forgets who was here, then the browser goes to a neutral page.

This is a GET, unlike every other change: a form would have to be allowed to send the browser to
another site, and would leave a page behind that Back asks to send again. Nothing is lost by it
that other sites could aim at: they cannot make a browser open it with its cookie unseen
(SameSite), and what they link to, or a browser fetches in advance, changes nothing
(Sec-Fetch-Site, Sec-Purpose).
"""

from __future__ import annotations

import structlog
from flask import redirect, request
from werkzeug.wrappers import Response

from entraide import database, runtime
from entraide.errors import Busy
from entraide.members import sessions
from entraide.members.views import blueprint
from entraide.policy import permission
from entraide.web.visitors import visitor

log = structlog.get_logger("entraide.members")


@blueprint.get("/leave")
@permission(None)
def leave() -> Response:
    """Forget the visit and its drafts, or end the member's session; go to the neutral page."""
    answer = redirect(runtime.current().settings.site.quick_exit_url, 303)
    answer.headers["Cache-Control"] = "no-store"
    if request.method == "GET" and _is_meant():
        found = visitor()
        _forget(found.token)
        found.forget()
        answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _is_meant() -> bool:
    headers = request.headers
    is_fetched_ahead = "prefetch" in f"{headers.get('Sec-Purpose')} {headers.get('Purpose')}"
    return headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none") and not is_fetched_ahead


def _forget(token: str) -> None:
    try:
        with database.writing() as session:
            sessions.forget(session, token=token)
    except Busy:
        # Whoever leaves does not wait: the browser forgets its cookie, which nobody else has.
        log.warning("leave-not-saved")
