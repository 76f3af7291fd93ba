"""Errors as answers: problem+json for programs, a plain page with a reference for people."""

from __future__ import annotations

import traceback
from typing import Any
from urllib.parse import urlencode

import orjson
import structlog
from flask import Flask, Response, make_response, render_template, request
from flask.globals import request_ctx as request_context
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from entraide import errors, runtime
from entraide.database.sessions import meaning_of
from entraide.i18n import catalogue
from entraide.ids import new_token
from entraide.web.again import submission
from entraide.web.paths import here
from entraide.web.security import CrossSiteRequest, FormExpired, is_machine_path
from entraide.web.transactions import roll_back
from entraide.web.visitors import undo_changes

log = structlog.get_logger("entraide.web")
_ = catalogue("entraide")

PROBLEM = "application/problem+json"
WORDS = {
    400: _("Your browser sent something that we cannot read. Please go back and try again."),
    401: _("Please log in first."),
    403: _("Nothing was changed yet."),
    404: _("This page does not exist, or you may not see it."),
    405: _("This address does not do that."),
    409: _("This is not possible right now."),
    413: _("This is too large to be sent."),
    421: _("This site has another address. Please use the one that you were given."),
    422: _("Some answers need another look."),
    431: _("Your browser sent too much with this address. Please go back to the home page."),
    429: _("That was many tries. Please wait a moment."),
    501: _("Your browser sent this in a way that we do not know."),
    503: _("The site is busy. Please try again in a moment."),
    507: _("The site cannot save anything right now. Nothing of yours was lost."),
}
SPOKEN = (errors.Busy, errors.PluginUnavailable)
"""Errors of the 5xx family whose sentence is meant for people; of the others only the log tells."""

GENERIC = _("Something went wrong on our side. Nothing of yours was lost. Please try again.")


def install(app: Flask) -> None:
    """Answer every error in the shape that its reader expects."""
    app.register_error_handler(errors.EntraideError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(Exception, _unexpected)


def _take_back() -> None:
    roll_back()
    undo_changes()


def problem_response(error: errors.EntraideError, **headers: str) -> Response:
    """Return an error as `application/problem+json`."""
    # Mistakes in lists are named by their position, and words may be translated when shown.
    body = orjson.dumps(error.as_problem(), default=str, option=orjson.OPT_NON_STR_KEYS)
    response = Response(body, error.status, mimetype=PROBLEM)
    response.headers.update(headers)
    return response


def _domain_error(error: errors.EntraideError) -> Response:
    _take_back()
    is_spoken = error.status < 500 or isinstance(error, SPOKEN)  # noqa: PLR2004 - our own fault
    if not is_spoken:
        return _unexpected(error, status=error.status)
    headers = _headers_of(error)
    if is_machine_path(request.path):
        return problem_response(error, **headers)
    if isinstance(error, errors.LoginRequired) and request.method == "GET":
        return make_response("", 303, {"Location": f"/login?{urlencode({'next': here()})}"})
    # Our own words for a status say all that people need of these; theirs are for programs.
    detail = "" if isinstance(error, errors.Busy) else str(error.detail)
    if isinstance(error, CrossSiteRequest):
        detail = str(_("The form came from another site, or from the page of somebody else."))
    if isinstance(error, FormExpired):
        detail = str(_("The page was open for a long time, or you logged in or out meanwhile."))
    return _page(error, error.status, headers, detail=detail)


def _headers_of(error: errors.EntraideError) -> dict[str, str]:
    retry_after = error.members.get("retry_after", 5 if isinstance(error, errors.Busy) else None)
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    if isinstance(error, errors.LoginRequired) and is_machine_path(request.path):
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _http_error(error: HTTPException) -> Response:
    _take_back()
    if isinstance(error, SecurityError):
        return _domain_error(errors.WrongHost(f"Here is {site_address()}."))
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    headers = {"Allow": ", ".join(getattr(error, "valid_methods", None) or [])}
    headers = {name: value for name, value in headers.items() if value}
    if is_machine_path(request.path):
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": error.name,
            "status": status,
        }
        return Response(orjson.dumps(problem), status, headers, mimetype=PROBLEM)
    return _page(error, status, headers)


def site_address() -> str:
    """Return the address of the running site."""
    return runtime.current().settings.site.base_url


def _database_error(error: OperationalError) -> Response:
    meaning = meaning_of(error)
    return _domain_error(meaning) if meaning is not None else _unexpected(error)


def _unexpected(error: Exception, status: int = 500) -> Response:
    _take_back()
    reference = new_token()[:8]
    _log("unexpected-error", error, reference=reference)
    if is_machine_path(request.path):
        hidden = errors.EntraideError(reference=reference)
        return Response(
            orjson.dumps(hidden.as_problem() | {"status": status}), status, mimetype=PROBLEM
        )
    return _page(error, status, {}, reference=reference)


def _log(event: str, error: Exception, **values: str) -> None:
    # Never the path, which may hold a login link that still works; and the traceback in words,
    # since some ways of showing one add what the variables held.
    words = "".join(traceback.format_exception(error))
    log.error(event, endpoint=request.endpoint, exception=words, **values)


def _page(
    error: Exception, status: int, headers: dict[str, str], *, detail: str = "", reference: str = ""
) -> Response:
    words = str(WORDS.get(status, GENERIC))
    plain = Response(f"{words} {reference}".strip() + "\n", status, headers, mimetype="text/plain")
    if request_context.url_adapter is None:
        # The request came under another host's name: no page of ours can be linked to.
        return plain
    try:
        page = render_template(
            "error.html",
            status=status,
            title=words,
            detail=detail,
            reference=reference,
            sent=submission(error, status),
        )
    except Exception as failure:  # noqa: BLE001 - see below
        # Drawing the menu asks the database, which may be the very thing that failed.
        _log("error-page-failed", failure)
        return plain
    return make_response(page, status, headers)
