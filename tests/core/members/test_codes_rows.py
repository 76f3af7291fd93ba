"""Codes and links as rows: how a code may be typed, whose it is, and how pauses grow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entraide import database, runtime
from entraide.errors import NotFound, TooManyRequests
from entraide.members import codes, limits, service
from entraide.members.service import Asking

EMAIL = "parent1@example.org"
HERE, ELSEWHERE = Asking("a browser"), Asking("another browser")


def ask(asking=HERE, *, email=EMAIL, client="192.0.2.1"):
    """Ask for a link; return its code."""
    with database.writing() as session:
        token = service.request_link(
            session, email=email, next_path="/", client=client, asking=asking
        )
        return codes.add_code(session, token=token)


def advance(**step):
    runtime.current().clock.advance(timedelta(**step))


def is_taken(code, browser=HERE.browser):
    try:
        codes.try_code(browser=browser, code=code)
    except NotFound:
        return False
    return True


SPELLINGS = [
    lambda code: code,
    lambda code: f" {code[:3]} {code[3:]} ",
    "-".join,
    lambda code: f"{code}\n",
    lambda code: f"code: {code}.",
]


@pytest.mark.parametrize("spell", SPELLINGS)
def test_a_code_is_read_however_it_is_typed(site, spell):
    code = ask()
    assert len(code) == codes.DIGITS
    assert is_taken(spell(code))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: code[:-1],
        lambda code: f"{code}0",
        lambda code: "",
        lambda code: "a" * 6,
        lambda code: code.translate({48 + digit: 0x660 + digit for digit in range(10)}),
        lambda code: f"{(int(code) + 1) % 10**6:06}",
    ],
)
def test_what_is_not_the_code_is_one_try_less_and_no_login(site, spoil):
    code = ask()
    assert not is_taken(spoil(code))
    assert is_taken(code)


def test_five_tries_and_no_more(site):
    code = ask()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert [is_taken(wrong) for _ in range(codes.TRIES)] == [False] * codes.TRIES
    assert not is_taken(code)


def test_a_code_is_of_the_browser_that_asked(site):
    code = ask()
    assert not is_taken(code, ELSEWHERE.browser)
    assert not is_taken(code, "")
    assert is_taken(code)


def test_of_two_codes_of_a_browser_the_newer_counts(site):
    older = ask()
    advance(seconds=1)
    newer = ask()
    assert older == newer or not is_taken(older)
    assert is_taken(newer)


@pytest.mark.parametrize(("seconds", "is_in_time"), [(-1, True), (0, False)])
def test_a_code_ends_to_the_second(site, seconds, is_in_time):
    code = ask()
    advance(seconds=codes.LIFETIME.total_seconds() + seconds)
    assert is_taken(code) is is_in_time


PAUSES = [0, 0, 0, 0, 0, 15, 30, 60, 120, 240, 480]
"""Minutes before each link of a day to one address from one line."""


def test_pauses_double_from_the_sixth_link_on(site):
    for minutes in PAUSES:
        if minutes:
            advance(minutes=minutes, seconds=-1)
            with pytest.raises(TooManyRequests) as caught:
                ask()
            assert caught.value.members["retry_after"] == 1
            advance(seconds=1)
        ask()


def test_another_holder_has_a_first_link_without_a_pause_and_six_of_them_no_more(site):
    for number in range(limits.HOLDERS_PER_ADDRESS):
        ask(client=f"192.0.2.{number}")
    with pytest.raises(TooManyRequests):
        ask(client="198.51.100.1")
    ask(email="parent2@example.org", client="198.51.100.1")
