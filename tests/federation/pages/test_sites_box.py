"""The hub's home: which sites take part, how each is doing, how many of its offers are shown."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from entraide import clock, database, runtime
from entraide.app import create_app
from entraide.testing import browser
from entraide_federation import reading, settings
from entraide_federation.keys import identity
from entraide_federation.listing import visibility
from entraide_federation.reading import sources
from entraide_federation.store.models import Origin
from entraide_federation.testing import FakeOrigin

HUB = 'disabled = ["help_requests", "posting"]\n[federation]\nrole = "hub"\n'
LOCAL = '[site]\ndevelopment = true\nbase_url = "http://127.0.0.1:9"\n'


@pytest.fixture
def hub(make_origin, database_url):
    made = make_origin(
        url=database_url, plugins=("federation",), toml=HUB, files={"local.toml": LOCAL}
    )
    with runtime.activate(made):
        with database.writing() as session:
            identity.ensure_own(session)
        yield made


@pytest.fixture
def peer(hub):
    """An association with two offers, which the hub has read."""
    with FakeOrigin(clock.now) as origin:
        origin.publish()
        origin.publish()
        with database.writing() as session:
            sources.sync_configured(session, {"peers": [{"base": origin.base, "role": "origin"}]})
        assert reading.pull_source(origin.base).error == ""
        yield origin


@pytest.fixture
def rows(hub):
    """A function that opens the hub's home and returns the words of each row of its table."""
    home = browser(create_app(hub))

    def read():
        page = html.unescape(home.get("/").text)
        assert "<h2>D’où viennent les offres</h2>" in page
        found = re.findall(r"<tr role=.row.>(.*?)</tr>", page, re.DOTALL)
        return [re.sub(r"<[^>]*>|\s+", " ", row).split() for row in found[1:]]

    return read


def test_a_site_is_shown_with_its_name_and_its_offers(peer, rows):
    (row,) = rows()
    words = " ".join(row)
    assert words.startswith(f"Site Exemple {peer.base.removeprefix('http://')} À jour")
    assert row[-1] == "2"


@pytest.mark.parametrize(
    ("days", "words", "offers"),
    [(0, "À jour", "2"), (2, "Un peu en retard", "2"), (8, "Sans nouvelles", "0")],
)
def test_a_silent_site_leaves_the_lists_and_stays_in_the_table(
    peer, rows, hub, days, words, offers
):
    hub.clock.advance(timedelta(days=days))
    with database.writing() as session:
        visibility.hide_silent(session, now=clock.now(), limits=settings.limits())
    (row,) = rows()
    assert words in " ".join(row)
    assert row[-1] == offers


@pytest.mark.parametrize(
    ("state", "words"),
    [("released", "Vient d’arriver"), ("frozen", "En pause"), ("held", "En pause")],
)
def test_a_site_that_lied_is_set_aside(peer, rows, state, words):
    with database.writing() as session:
        session.scalars(select(Origin).where(Origin.base == peer.base)).one().state = state
    assert words in " ".join(rows()[0])


def test_a_site_that_never_answered_is_listed_by_its_address(hub, rows):
    with database.writing() as session:
        sources.sync_configured(
            session, {"peers": [{"base": "http://127.0.0.1:11", "role": "origin"}]}
        )
    (row,) = rows()
    assert row[:2] == ["127.0.0.1:11", "127.0.0.1:11"]
    assert row[-1] == "0"


def test_whose_keys_end_soon_is_told_below_the_table(hub, peer):
    home = browser(create_app(hub))
    assert "renouveler ses clés" not in home.get("/").text
    peer.publication.renew_keyset(days=100)
    assert reading.pull_source(peer.base).error == ""
    page = html.unescape(home.get("/").text)
    assert "Site Exemple doit renouveler ses clés. Elles sont valables jusqu’au" in page
    hub.clock.advance(timedelta(days=101))
    assert "renouveler ses clés" in html.unescape(home.get("/").text)
