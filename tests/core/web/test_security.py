"""What every answer carries and every unsafe request must prove."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from flask import request
from sqlalchemy import text
from werkzeug.routing import AnyConverter, UUIDConverter
from werkzeug.routing.converters import NumberConverter

from entraide import app as apps
from entraide.testing import browser, csrf_of, log_in, open_site

BASE = "https://site.example"
PUBLIC = ["/", "/find", "/organisations", "/help-numbers", "/login"]
HEADERS = {
    "Content-Security-Policy": re.compile(
        r"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        r"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
        r"base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": re.compile("no-referrer"),
    "Cross-Origin-Opener-Policy": re.compile("same-origin"),
    "Permissions-Policy": re.compile(r"camera=\(\), geolocation=\(\), microphone=\(\)"),
    "Strict-Transport-Security": re.compile("max-age=31536000"),
    "X-Content-Type-Options": re.compile("nosniff"),
}


def routes(app, method):
    """Return an address for every rule that answers `method`, with made-up values."""
    adapter = app.url_map.bind("site.example")
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.endpoint != "static":
            values = {name: made_up(one) for name, one in rule._converters.items()}
            yield adapter.build(rule.endpoint, values, method=method).partition("?")[0]


def made_up(converter):
    if isinstance(converter, UUIDConverter):
        return uuid4()
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 7 if isinstance(converter, NumberConverter) else "x" * 10


def check_page_headers(answer):
    for name, expected in HEADERS.items():
        assert expected.fullmatch(answer.headers.get(name, "")), (name, answer.headers)


@pytest.mark.parametrize("path", [*PUBLIC, "/nothing-here", "/account"])
def test_pages_carry_every_header(web, path):
    answer = web.browser().get(path, follow_redirects=True)
    assert answer.mimetype == "text/html"
    check_page_headers(answer)


def test_every_answer_of_every_route_says_nosniff(web):
    client = web.browser()
    found = [client.get(path) for path in routes(web.app, "GET")]
    assert len(found) > 15
    for answer in found:
        assert answer.status_code < 500, answer.request.path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if answer.mimetype == "text/html":
            check_page_headers(answer)


def test_development_promises_no_https(open_web):
    web = open_web(base_url='http://127.0.0.1:8101"\ndevelopment = true # "')
    answer = web.browser().get("/login")
    assert answer.headers["Set-Cookie"].startswith("entraide_site_exemple=")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert web.browser().get("/", base_url="http://localhost:8101").status_code == 200
    assert "Strict-Transport-Security" not in answer.headers
    assert "Content-Security-Policy" in answer.headers


# Forms that others send --------------------------------------------------------------------


def test_every_post_without_a_token_is_refused(web):
    """Generated from the routes: none may be forgotten."""
    client = log_in(web.browser(), "administrator2@example.org")
    paths = [path for path in routes(web.app, "POST") if not path.startswith("/api/")]
    assert len(paths) > 5
    before = contents(web.site)
    for path in paths:
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 64}):
            assert client.post(path, data=data).status_code == 403, path
    assert contents(web.site) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": BASE, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://site.example.evil.example"}, 403),
        ({"Origin": "http://site.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": BASE, "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_form_must_come_from_a_page_of_this_site(web, headers, status):
    client = web.browser()
    data = {"csrf_token": csrf_of(client.get("/login").text), "email": "parent3@example.org"}
    assert client.post("/login", data=data, headers=headers).status_code == status


def test_a_token_is_worth_nothing_to_another_visitor(web):
    first, second = web.browser(), web.browser()
    token = csrf_of(first.get("/login").text)
    second.get("/login")
    data = {"csrf_token": token, "email": "parent3@example.org"}
    assert second.post("/login", data=data).status_code == 403
    assert first.post("/login", data=data).status_code == 200


def test_an_old_cookie_is_worth_nothing_after_login_and_logout(web):
    client = web.browser()
    client.get("/login")
    before = client.get_cookie("__Host-entraide", domain="site.example").value
    log_in(client, "member1@example.org")
    inside = client.get_cookie("__Host-entraide", domain="site.example").value
    assert inside != before
    page = client.get("/account").text
    assert client.post("/logout", data={"csrf_token": csrf_of(page)}).status_code == 303
    client.set_cookie("__Host-entraide", inside, domain="site.example", secure=True)
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("path", "status"),
    [("/find", 405), ("/health", 405), ("/theme.css", 405), ("/nothing-here", 404)],
)
def test_what_no_view_takes_is_said_so(web, method, path, status):
    answer = web.browser().open(path, method=method)
    assert answer.status_code == status
    assert ("GET" in answer.headers.get("Allow", "")) is (status == 405)
    check_page_headers(answer)


# Hosts, sizes, proxies -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [("https://site.example", 200), ("https://evil.example", 421), ("https://127.0.0.1", 421)],
)
def test_only_our_own_host_is_answered(web, host, status):
    answer = web.browser().get("/help-numbers", base_url=host)
    assert answer.status_code == status
    assert "evil.example" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
def test_a_body_that_is_too_large(web, size):
    client = web.browser()
    token = csrf_of(client.get("/login").text)
    answer = client.post("/login", data={"csrf_token": token, "email": "x" * size})
    assert answer.status_code == 413
    assert "trop" in answer.text or "too large" in answer.text
    check_page_headers(answer)
    answer = client.post("/api/v1/offers", data=b" " * size, content_type="application/json")
    assert answer.status_code in (401, 413)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6", "6.6.6.6"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9, 8.8.8.8", "9.9.9.9"),
    ],
)
def test_client_address_comes_from_declared_proxies_only(open_web, hops, forwarded, seen):
    web = open_web(toml=f"[server]\nproxy_hops = {hops}\n")
    addresses = []

    @web.app.before_request
    def note():
        addresses.append(request.remote_addr)

    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example"}
    assert web.browser().get("/help-numbers", headers=headers).status_code == 200
    assert addresses == [seen]


@pytest.mark.parametrize("path", ["/api/v1/offers?limit=1&limit=2"])
def test_repeated_parameters_are_refused_by_the_api(web, path):
    answer = web.browser().get(path)
    assert answer.status_code == 422
    assert answer.json["type"].endswith("#bad-input")


# Cookies and caches ------------------------------------------------------------------------


def test_the_one_cookie(web):
    cookies = web.browser().get("/login").headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    name, _, rest = cookies[0].partition("=")
    assert name == "__Host-entraide"
    flags = {part.strip() for part in rest.split(";")[1:]}
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= flags
    assert not any(flag.startswith("Domain") for flag in flags)


@pytest.mark.parametrize("path", ["/", "/find", "/organisations", "/help-numbers", "/theme.css"])
def test_reading_public_pages_sets_no_cookie(web, path):
    answer = web.browser().get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_programs_get_no_cookie(web):
    client = log_in(web.browser(), "member1@example.org")
    answer = client.get("/api/v1/offers")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_pages_of_members_are_kept_by_nobody(web):
    visitor, member = web.browser(), log_in(web.browser(), "member1@example.org")
    for path in ("/", "/find", "/account", "/nothing-here"):
        answer = member.get(path)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert {"Cookie", "Accept-Language"} <= set(answer.vary), path
    answer = visitor.get("/find")
    assert "Cookie" in answer.vary
    assert "no-store" not in answer.headers.get("Cache-Control", "")
    assert visitor.get("/login").headers["Cache-Control"] == "no-store"
    assert "public" in member.get("/theme.css").headers["Cache-Control"]


@pytest.mark.parametrize("cookie", ["", "x", "fr.short", "de." + "a" * 32, "fr." + "é" * 32])
def test_a_cookie_that_makes_no_sense_is_a_visitor(web, cookie):
    client = web.browser()
    client.set_cookie("__Host-entraide", cookie, domain="site.example", secure=True)
    assert client.get("/account").status_code == 303
    assert client.get("/").status_code == 200


# Reading changes nothing -------------------------------------------------------------------


def contents(site):
    """Return every row of every table but those that reading may note in."""
    with site.database.engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        return {
            name: connection.execute(text(f'SELECT * FROM "{name}"')).all()  # noqa: S608 - our names
            for (name,) in names.all()
            if name not in ("members_session", "audit_entry")
        }


def test_get_leaves_the_tables_unchanged(web):
    clients = [web.browser(), log_in(web.browser(), "administrator2@example.org")]
    real = [
        f"/offers/{web.ids['offer']}",
        f"/organisations/{web.ids['organisation']}",
        f"/requests/{web.ids['request']}",
    ]
    before = contents(web.site)
    for client in clients:
        for path in [*routes(web.app, "GET"), *real]:
            assert client.get(path).status_code < 500, path
            assert client.head(path).status_code < 500, path
    assert contents(web.site) == before
    # Only that somebody read: tests of the journal say who, what and of whom.
    with web.site.database.engine.connect() as connection:
        journal = connection.execute(text("SELECT action FROM audit_entry WHERE actor LIKE '%-%'"))
        noted = {action for (action,) in journal if "read" in action}
    assert noted <= {"help_requests.read", "directory.read_private"}


def test_two_sites_in_one_process_keep_their_cookies_apart(web, tmp_path, templates):
    other = open_site(tmp_path, templates, name="other", base_url="https://other.example")
    client = log_in(web.browser(), "member1@example.org")
    token = client.get_cookie("__Host-entraide", domain="site.example").value
    stranger = browser(apps.create_app(other))
    stranger.set_cookie("__Host-entraide", token, domain="other.example", secure=True)
    assert stranger.get("/account").status_code == 303
    other.database.close()
