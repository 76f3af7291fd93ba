"""A form that cannot be taken is shown again with what was typed: every form of the site."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import pytest
from werkzeug.routing import AnyConverter, UUIDConverter
from werkzeug.routing.converters import NumberConverter

from entraide.testing import csrf_of, log_in

SECRET = "x" * 32
CANARY = "canari d'une  phrase\nsur deux lignes"
MEMBER = "member1@example.org"


def made_up(converter):
    if isinstance(converter, UUIDConverter):
        return uuid4()
    return min(converter.items) if isinstance(converter, AnyConverter) else SECRET


def routes(app, method):
    """Return an address for every rule that answers `method`, with made-up values."""
    adapter = app.url_map.bind("site.example")
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.endpoint != "static":
            values = {name: made_up(one) for name, one in rule._converters.items()}
            if not any(isinstance(one, NumberConverter) for one in rule._converters.values()):
                yield adapter.build(rule.endpoint, values, method=method).partition("?")[0]


def posts(app):
    return [path for path in routes(app, "POST") if not path.startswith("/api/")]


def field(page, name):
    """Return a field of the form that sends again, as a browser would read it."""
    found = re.search(rf'<textarea name="{name}" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    return unescape(found[1]) if found else None


def test_every_form_that_is_too_old_is_shown_again(web):
    paths = posts(web.app)
    assert len(paths) > 15
    for client in (web.browser(), log_in(web.browser(), MEMBER)):
        client.get("/login")
        for path in paths:
            data = {"csrf_token": "0" * 64, "message": CANARY, "title": "Titre canari"}
            answer = client.post(path, data=data)
            assert answer.status_code == 403, path
            assert field(answer.text, "message") == CANARY, path
            assert 'dir="auto">Titre canari</p>' in unescape(answer.text), path
            assert f'<form method="post" action="{path}">' in answer.text, path
            assert answer.headers["Cache-Control"] == "no-store", path
            assert csrf_of(answer.text[answer.text.index('id="sent"') :])


def test_every_form_of_a_member_waits_for_the_login(web):
    client = log_in(web.browser(), MEMBER)
    old = csrf_of(client.get("/account").text)
    client.post("/logout", data={"csrf_token": old})
    for path in posts(web.app):
        answer = client.post(path, data={"csrf_token": old, "message": CANARY})
        assert answer.status_code == 401, path
        assert field(answer.text, "message") == CANARY, path
        assert 'href="/login" target="_blank"' in answer.text


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_what_another_site_sends_is_never_shown(web, headers):
    client = web.browser()
    client.get("/login")
    for path in posts(web.app):
        answer = client.post(path, data={"email": CANARY, "title": CANARY}, headers=headers)
        assert answer.status_code == 403
        assert "canari" not in answer.text
        assert "Envoyer encore une fois" not in answer.text


def test_a_form_sent_again_goes_through(web):
    client = web.browser()
    client.get("/login")
    answer = client.post("/login", data={"csrf_token": "old", "email": "parent9@example.org"})
    data = {"csrf_token": csrf_of(answer.text), "email": field(answer.text, "email")}
    assert client.post("/login", data=data).status_code == 200


def test_a_button_leads_back_to_the_page_that_asked(web):
    client = log_in(web.browser(), MEMBER)
    answer = client.post("/account/sessions", data={"csrf_token": "0"})
    assert 'href="/account/sessions"' in answer.text
    assert "Envoyer encore une fois" not in answer.text


def test_an_error_of_ours_keeps_what_was_typed(web, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    client = web.browser()
    token = csrf_of(client.get("/login").text)

    def broken(**_values):
        raise RuntimeError("canari interne")

    web.app.view_functions["members.send_link"] = broken
    answer = client.post("/login", data={"csrf_token": token, "email": "parent9@example.org"})
    assert answer.status_code == 500
    assert field(answer.text, "email") == "parent9@example.org"
    assert "canari interne" not in answer.text


def test_script_in_what_was_typed_is_text(web):
    client = web.browser()
    client.get("/login")
    bad = "</textarea><script>alert(1)</script>"
    answer = client.post("/login", data={"csrf_token": "0", "email": bad})
    assert "<script>alert" not in answer.text
    assert field(answer.text, "email") == bad


# Secrets in addresses ----------------------------------------------------------------------


def test_an_unexpected_error_never_logs_what_stands_in_an_address(web, capsys):
    """Over all routes: whatever a path holds may be a secret, now or one day."""
    client = log_in(web.browser(), "administrator2@example.org")
    rules = [rule for rule in web.app.url_map.iter_rules() if rule.arguments]
    assert "members.confirm" in {rule.endpoint for rule in rules}

    def broken(**_values):
        raise RuntimeError("broken")

    for rule in rules:
        web.app.view_functions[rule.endpoint] = broken
    token = csrf_of(client.get("/account").text)
    for method in ("GET", "POST"):
        for path in routes(web.app, method):
            client.open(path, method=method, data={"csrf_token": token})
    logged = capsys.readouterr().out
    assert "unexpected-error" in logged
    assert "members.confirm" in logged
    assert SECRET not in logged
    assert "/login/" not in logged
