"""What is sent: compressed where it helps, kept where it may, small at first sight."""

import gzip
import re

import pytest

from entraide.testing import csrf_of, log_in

BUDGET = 45 * 1024
"""Bytes of everything that the first view of a page loads, as sent."""


def get(client, path, coding="gzip", **headers):
    return client.get(path, headers={"Accept-Encoding": coding, **headers})


@pytest.mark.parametrize(
    "path", ["/", "/find", "/login", "/nothing-here", "/api/v1/kinds", "/api/v1/openapi.json"]
)
def test_text_is_compressed_for_who_takes_it(web, path):
    client = web.browser()
    plain, packed = get(client, path, "identity"), get(client, path, "br, gzip;q=0.5")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data)[:15] == plain.data[:15]
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.vary
    assert "Content-Encoding" not in get(client, path, "gzip;q=0").headers
    assert "Content-Encoding" not in get(client, path, "br").headers


@pytest.mark.parametrize("path", ["/health", "/theme.css"])
def test_what_is_short_is_not(web, path):
    assert "Content-Encoding" not in get(web.browser(), path).headers


def test_a_form_sends_another_token_each_time(web):
    """The lengths of compressed pages would tell a token that stood there alike each time."""
    client = web.browser()
    tokens = [csrf_of(client.get("/login").text) for _number in range(5)]
    assert len(set(tokens)) == 5
    for token in tokens:
        form = {"csrf_token": token, "email": "not an address"}
        assert client.post("/login", data=form).status_code == 422
    halves = {token[64:] for token in tokens} | {token[:64] for token in tokens}
    assert len(halves) == 10
    for wrong in (
        tokens[0][:64],
        tokens[0][64:],
        tokens[0][:-1],
        tokens[0] + "00",
        "é" * 128,
        tokens[0][:64] + tokens[1][64:],
    ):
        assert client.post("/login", data={"csrf_token": wrong}).status_code == 403


def test_files_have_names_that_may_be_kept_for_a_year(web):
    client = web.browser()
    page = client.get("/login").text
    links = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    css = next(link for link in links if link.endswith(".css"))
    sheet = client.get(css).text
    fonts = {f"/static/{path}" for path in re.findall(r'url\("([^"]+)"\)', sheet)}
    assert len(fonts) == 2
    assert any(font in links for font in fonts), "the preloaded font is the one that is used"
    for link in links | fonts:
        assert re.search(r"\.[0-9a-f]{12}\.(css|js|woff2|svg)$", link), link
        answer = client.get(link)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        plain = re.sub(r"\.[0-9a-f]{12}\.", ".", link)
        outdated = re.sub(r"\.[0-9a-f]{12}\.", f".{'0' * 12}.", link)
        for other in (plain, outdated):
            old = client.get(other)
            assert (old.status_code, old.data) == (200, answer.data)
            assert old.headers["Cache-Control"] == "no-cache"
            again = client.get(other, headers={"If-None-Match": old.headers["ETag"]})
            assert (again.status_code, dict(again.headers)) == (304, {"ETag": old.headers["ETag"]})


def test_each_coding_of_a_file_has_its_validator(web):
    client = web.browser()
    plain, packed = (
        get(client, "/static/entraide.css", "identity"),
        get(client, "/static/entraide.css"),
    )
    assert gzip.decompress(packed.data) == plain.data
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert {"Accept-Encoding"} == set(plain.vary) == set(packed.vary)
    font = get(client, "/static/fonts/atkinson-hyperlegible-bold.woff2")
    assert "Content-Encoding" not in font.headers
    assert not font.vary


@pytest.mark.parametrize(
    "name", ["nothing.css", "../app.py", "fonts", "fonts/", "%2e%2e/app.py", "x.0123456789ab.css"]
)
def test_no_other_file_is_served(web, name):
    assert web.browser().get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/find", "/login", "/help-numbers"])
def test_the_first_view_is_light(web, path):
    client = web.browser()
    page = get(client, path)
    html = gzip.decompress(page.data).decode()
    css = re.search(r'href="(/static/[^"]+\.css)"', html)[1]
    fonts = re.findall(r'url\("([^"]+)"\)', client.get(css).text)
    loaded = [css, *(f"/static/{font}" for font in fonts)]
    loaded += re.findall(r'rel="(?:icon|stylesheet)" href="(/(?!static/entraide)[^"]+)"', html)
    assert len(loaded) == 5
    assert len(page.data) + sum(len(get(client, one).data) for one in loaded) <= BUDGET


# Search engines, and the page of components -----------------------------------------------------


def test_search_engines_find_public_pages_only(web):
    client = web.browser()
    rules = client.get("/robots.txt")
    assert rules.mimetype == "text/plain"
    closed = re.findall(r"^Disallow: (.+)$", rules.text, re.MULTILINE)
    for path in ("/login", "/login/x", "/post/offer", "/requests/mine", "/account", "/manage"):
        assert any(path.startswith(one) for one in closed), path
    for path in ("/", "/find", "/organisations", "/offers/x", "/help-numbers", "/static/x.css"):
        assert not any(path.startswith(one) for one in closed), path
    member = log_in(web.browser(), "member1@example.org")
    assert member.get("/").headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in client.get("/").headers


def test_a_trial_site_is_found_by_nobody_and_shows_its_components(open_web):
    web = open_web(base_url='http://127.0.0.1:8101"\ndevelopment = true # "')
    assert "Disallow: /\n" in web.browser().get("/robots.txt").text
    assert web.browser().get("/styleguide").status_code == 200


def test_a_real_site_does_not_show_its_components(web):
    assert web.browser().get("/styleguide").status_code == 404


# Headers on every kind of answer ----------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1/offers",
        "/api/v1/nothing",
        "/health",
        "/theme.css",
        "/static/entraide.css",
        "/static/icon.svg",
        "/language/en",
        "/account",
        "/nothing-here",
        "/robots.txt",
    ],
)
def test_every_kind_of_answer_is_protected(web, path):
    answer = web.browser().get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
