"""The last day counts whole: what pages say of it, and what still works a minute before midnight."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import entraide
from entraide import database
from entraide.clock import PARIS
from entraide.help_requests import service
from entraide.help_requests.models import HelpRequest
from entraide.testing import add_answer, add_request, browser, csrf_of, in_days, log_in

CATALOGUE = Path(entraide.__file__).parent / "translations/fr.po"
DAYS = 5


@pytest.fixture
def ending(site, people, asked):
    """A function that moves the clock: minutes before the midnight after the last day."""
    with database.writing() as session:
        session.get_one(HelpRequest, asked.id).verify_by = in_days(DAYS)
        day = in_days(DAYS)

    def move(minutes):
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), PARIS)
        site.clock.advance(midnight - timedelta(minutes=minutes) - site.clock.now())

    return move


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def send(client, path, **data):
    page = client.get("/requests/mine")
    return client.post(path, data={"csrf_token": csrf_of(page.text), **data})


@pytest.mark.parametrize(("minutes", "is_open"), [(1, True), (-1, False)])
def test_a_request_is_answered_until_its_last_midnight(
    app, people, asked, ending, minutes, is_open
):
    ending(minutes)
    client = log_in(browser(app), people["volunteer"].email)
    assert ("au plus tard le" in words_of(client.get("/requests"))) is is_open
    answer = send(client, f"/requests/{asked.id}/answer", message="Je viens encore ce soir.")
    assert (answer.status_code == 303) is is_open


@pytest.mark.parametrize(("minutes", "is_open"), [(1, True), (-1, False)])
def test_a_parent_says_yes_until_the_last_midnight(app, people, asked, ending, minutes, is_open):
    with database.writing() as session:
        request = session.get_one(HelpRequest, asked.id)
        given = add_answer(session, request=request, actor=people["volunteer"])
    ending(minutes)
    client = log_in(browser(app), people["author"].email)
    shown = words_of(client.get(f"/requests/{asked.id}"))
    assert ("Dites oui à l’une au plus tard le" in shown) is is_open
    send(client, f"/requests/{asked.id}/answers/{given.id}/agree")
    shown = words_of(client.get(f"/requests/{asked.id}"))
    assert ("L’autre personne doit confirmer au plus tard le" in shown) is is_open


def test_no_sentence_ends_the_last_day_before_it_begins():
    """`avant le 6` excludes the 6th, and each of these days counts until midnight."""
    assert re.findall(r'.*avant le(?:"| %\(day\)s).*', CATALOGUE.read_text("utf-8")) == []


ONE_DAY = {"starts": "2026-11-25T14:00", "ends": "2026-11-25T16:00", "timezone": "Europe/Paris"}


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "expired"])
@pytest.mark.parametrize(
    ("schedule", "is_past"), [(ONE_DAY, True), (None, False)], ids=["one day", "any time"]
)
def test_what_had_its_day_is_not_opened_again(app, site, people, is_closed, schedule, is_past):
    with database.writing() as session:
        asked = add_request(session, kind="loan", actor=people["author"], schedule=schedule)
    path = f"/requests/{asked.id}"
    if is_closed:
        send(log_in(browser(app), people["author"].email), f"{path}/close", reason="closed")
    site.clock.advance(timedelta(days=40))
    service.expire_requests()
    client = log_in(browser(app), people["author"].email)
    page = client.get(path)
    assert ("/reopen" in page.text) is not is_past
    assert ("la rouvrir" in words_of(page)) is not is_past
    answer = send(client, f"{path}/reopen", verify_by=in_days(5).isoformat())
    assert (answer.status_code == 422) is is_past
    with database.reading() as session:
        assert (session.get_one(HelpRequest, asked.id).state == "open") is not is_past
