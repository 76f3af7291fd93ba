"""What a page says once: sealed in the one cookie, true, and gone afterwards."""

import pytest

from entraide.testing import browser, csrf_of, log_in
from entraide.web.notices import seal, unseal

KEY, TOKEN = b"k" * 32, "a" * 32
SAID = "La déconnexion est faite. À bientôt\u00a0!"


@pytest.mark.parametrize("words", ["Bonjour", "À vous : « oui » ?", "é" * 300])
def test_what_is_sealed_comes_back(words):
    assert unseal(seal(words, key=KEY, token=TOKEN), key=KEY, token=TOKEN) == words


@pytest.mark.parametrize(
    "sealed",
    [
        "a",
        "AAAA",
        seal("Bonjour", key=b"o" * 32, token=TOKEN),
        seal("Bonjour", key=KEY, token="b" * 32),
        seal("Bonjour", key=KEY, token=TOKEN) + "AAAA",
    ],
)
def test_what_we_did_not_seal_for_this_browser_says_nothing(sealed):
    assert unseal(sealed, key=KEY, token=TOKEN) == ""


def test_a_page_says_once_what_was_done(web):
    client = log_in(web.browser(), "administrator2@example.org")
    page = client.get("/account").text
    left = client.post("/logout", data={"csrf_token": csrf_of(page)})
    assert left.status_code == 303
    first, second = client.get("/").text, client.get("/").text
    assert 'role="status">' in first
    assert SAID in first
    assert SAID not in second


def test_nothing_is_said_to_another_browser(web):
    client = log_in(web.browser(), "administrator2@example.org")
    client.post("/logout", data={"csrf_token": csrf_of(client.get("/account").text)})
    assert SAID not in browser(web.app).get("/").text


def test_what_failed_says_nothing(web):
    client = log_in(web.browser(), "administrator2@example.org")
    client.get("/account")
    token = csrf_of(client.get("/account").text)
    answer = client.post(
        "/offers/01a20490-54c6-7c1d-8fd2-e2448ce2025a/publish", data={"csrf_token": token}
    )
    assert answer.status_code == 404
    assert 'class="notice good"' not in client.get("/account").text
