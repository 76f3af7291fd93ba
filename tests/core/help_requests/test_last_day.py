"""The last day counts whole: what pages say of it, and what still works a minute before midnight."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import entraide
from entraide import database
from entraide.clock import PARIS
from entraide.help_requests.models import HelpRequest
from entraide.testing import add_answer, browser, csrf_of, in_days, log_in

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
