"""Which paths a redirect may go to."""

from __future__ import annotations

import pytest

from entraide.testing import csrf_of
from entraide.web.paths import here, safe_path

SAFE = ["/", "/find", "/find?q=aide&where=58079", "/offers/0190-ab", "/a%20b", "/a/../b", "/a=b+c"]
FOREIGN = [
    "",
    "find",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\tevil",
    "/ /evil.example",
    "/a\r\nSet-Cookie: x=1",
    "/a#b",
    "/a;b",
    "/@evil.example",
    "/é",
    "/" + "a" * 401,
    "/a:b",
    "/<script>",
    "/a'",
    '/a"',
    "/a\x00",
    "/a\n",
]


@pytest.mark.parametrize("path", SAFE)
def test_paths_of_this_site_are_kept(path):
    assert safe_path(path) == path


@pytest.mark.parametrize("path", FOREIGN)
def test_everything_else_leads_home(path):
    assert safe_path(path) == "/"


@pytest.mark.parametrize("path", FOREIGN)
def test_no_open_redirect_by_the_language(web, path):
    answer = web.browser().get("/language/en", query_string={"next": path})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/find", "/find"),
        ("/find?q=a", "/find?q=a"),
        ("/find?", "/find"),
        ("/caf%C3%A9", "/caf%C3%A9"),
        ("/find?q='", "/find"),
        ("/find?q=" + "a" * 400, "/find"),
    ],
)
def test_here(web, asked, found):
    with web.app.test_request_context(asked):
        assert here() == found


def test_the_language_is_kept_and_the_page_is_found_again(web):
    client = web.browser()
    assert 'lang="fr"' in client.get("/find?q=tea").text
    answer = client.get("/language/en", query_string={"next": "/find?q=tea"})
    assert answer.headers["Location"] == "/find?q=tea"
    assert '<html lang="en"' in client.get("/find").text
    assert client.get("/language/tlh").status_code == 404
    csrf = csrf_of(client.get("/login").text)
    assert (
        '<html lang="en"'
        in client.post("/login", data={"csrf_token": csrf, "email": "parent3@example.org"}).text
    )


@pytest.mark.parametrize(
    ("header", "language"), [("en", "en"), ("de, en;q=0.5", "en"), ("de", "fr"), ("", "fr")]
)
def test_visitors_are_spoken_to_in_a_language_they_know(web, header, language):
    page = web.browser().get("/help-numbers", headers={"Accept-Language": header}).text
    assert f'<html lang="{language}"' in page
