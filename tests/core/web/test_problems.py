"""Errors as answers: problem+json for programs, a plain page with a reference for people."""

from __future__ import annotations

import pytest
from flask import abort, redirect
from sqlalchemy.exc import OperationalError

from entraide import errors
from entraide.i18n import catalogue
from entraide.policy import permission
from entraide.web import mounting, visitors
from entraide.web.transactions import session

SECRET = "secret-word-4711"
_ = catalogue("tests.problems", fr={"Kindly not now": "Pas maintenant, svp"})


class _Original(Exception):
    pass


RAISED = {
    "not-found": (errors.NotFound("Look elsewhere."), 404, "Look elsewhere."),
    "forbidden": (errors.Forbidden(), 404, ""),
    "refused": (errors.Refused(_("Kindly not now")), 409, "Pas maintenant, svp"),
    "bad-input": (errors.BadInput("Look again.", {"title": ["Too long."]}), 422, "Look again."),
    "many": (errors.TooManyRequests("Wait.", retry_after=900), 429, "Wait."),
    "busy": (errors.Busy("In a moment."), 503, "In a moment."),
    "full": (errors.StorageFull("Disk full."), 507, "Disk full."),
    "resting": (errors.PluginUnavailable("Resting."), 503, "Resting."),
    "locked": (
        OperationalError("X", {}, _Original("database is locked")),
        503,
        "Another change",
    ),
    "database": (errors.DatabaseError(SECRET), 503, None),
    "hook": (errors.HookFailed(SECRET), 500, None),
    "configuration": (errors.ConfigurationError([SECRET]), 500, None),
    "broken": (RuntimeError(SECRET), 500, None),
    "table": (OperationalError("X", {}, _Original(SECRET)), 500, None),
}


@pytest.fixture
def failing(web):
    """Add a door for people and one for programs behind which things fail."""
    from flask import Blueprint

    for prefix in ("/fail", "/api/v1/fail"):
        pages = Blueprint(prefix.strip("/").replace("/", "_"), __name__, url_prefix=prefix)

        @pages.get("/<name>")
        @permission(None)
        def fail(name):
            raise RAISED[name][0]

        @pages.post("/<name>")
        @permission(None)
        def fail_too(name):
            raise RAISED[name][0]

        mounting.mount_blueprint(web.app, "members", pages)
    return web


@pytest.mark.parametrize("name", RAISED)
def test_people_get_a_page(failing, name):
    _error, status, words = RAISED[name]
    answer = failing.browser().get(f"/fail/{name}", headers={"Accept-Language": "fr"})
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    if words is None:
        assert "<strong>" in answer.text
    elif name not in PLAIN:
        assert words in answer.text


PLAIN = {
    "forbidden": "Cette page n’existe pas",
    "busy": "Le site est occupé.",
    "locked": "Le site est occupé.",
    "full": "Le site ne peut rien enregistrer",
}
"""What people read of errors whose own words are for programs."""


@pytest.mark.parametrize("name", PLAIN)
def test_people_read_their_own_language(failing, name):
    error, _status, words = RAISED[name]
    answer = failing.browser().get(f"/fail/{name}", headers={"Accept-Language": "fr"})
    assert PLAIN[name] in answer.text
    assert (words or error.title) not in answer.text


@pytest.mark.parametrize("name", RAISED)
def test_programs_get_a_problem(failing, name, capsys):
    _error, status, words = RAISED[name]
    answer = failing.browser().get(f"/api/v1/fail/{name}", headers={"Accept-Language": "fr"})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = answer.json
    assert problem["status"] == status
    assert SECRET not in answer.text
    if words is None:
        assert problem["reference"] in capsys.readouterr().out
        assert problem["type"].endswith("#internal")
    elif "detail" in problem:
        assert words in problem["detail"] or name == "refused"


@pytest.mark.parametrize(("name", "seconds"), [("many", "900"), ("busy", "5"), ("locked", "5")])
def test_retry_after(failing, name, seconds):
    for path in (f"/fail/{name}", f"/api/v1/fail/{name}"):
        assert failing.browser().get(path).headers["Retry-After"] == seconds


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_405_says_what_is_allowed(web, method):
    answer = getattr(web.browser(), method)("/api/v1/openapi.json")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.json == {"type": "about:blank", "title": "Method Not Allowed", "status": 405}


def test_405_for_people(web):
    answer = web.browser().get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.mimetype == "text/html"


def test_404(web):
    client = web.browser()
    assert client.get("/nothing-here").mimetype == "text/html"
    assert client.get("/api/v1/nothing-here").mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/account", "/login?next=%2Faccount"),
        ("/account?a=1&b=2", "/login?next=%2Faccount%3Fa%3D1%26b%3D2"),
        ("/account?a=%22", "/login?next=%2Faccount%3Fa%3D%2522"),
        ("/account?a='", "/login?next=%2Faccount"),
    ],
)
def test_pages_of_members_lead_to_the_login_and_back(web, path, target):
    answer = web.browser().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, target)


def test_strange_characters_in_a_path_break_no_header(web):
    @web.app.get("/strange/<path:rest>")
    def strange(rest):
        raise errors.LoginRequired

    answer = web.browser().get("/strange/a%0dSet-Cookie:%20x=1/é")
    assert answer.status_code == 303
    assert answer.headers["Location"].isprintable()
    assert "Set-Cookie" not in answer.headers


def test_programs_are_told_how_to_log_in(web):
    answer = web.browser().post("/api/v1/offers", json={})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_answer_that_a_view_aborts_with_is_kept(web):
    @web.app.get("/elsewhere")
    def elsewhere():
        abort(redirect("/find", 302))

    answer = web.browser().get("/elsewhere")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/find")


def test_when_even_the_menu_fails_a_plain_sentence_remains(failing, monkeypatch):
    def broken(*_arguments):
        raise OperationalError("X", {}, _Original("connection refused"))

    monkeypatch.setitem(failing.site.slots, visitors.IDENTIFY, broken)
    client = failing.browser()
    client.set_cookie("__Host-entraide", "fr." + "a" * 32, domain="site.example", secure=True)
    answer = client.get("/find")
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert answer.headers["Retry-After"] == "5"


def test_what_a_failing_page_wrote_is_rolled_back(web):
    from entraide import audit

    @web.app.post("/api/v1/half")
    def half():
        audit.record(session(), actor=None, action="half.done", subject="x")
        session().flush()
        raise RuntimeError(SECRET)

    assert web.browser().post("/api/v1/half").status_code == 500
    with web.site.database.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM audit_entry WHERE action LIKE 'half%'"
        )
        assert found.scalar() == 0
