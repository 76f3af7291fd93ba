"""A kind whose plugin only one site has: its label and fields travel, and are shown elsewhere."""

from datetime import date, time, timedelta

import orjson
import pytest
from federation_network import follow, serving
from sqlalchemy import select

from entraide import DescribedKind, JobRun, Listing, clock, database, runtime
from entraide.app import create_app, create_site, remember_classification
from entraide.testing import add_offer, add_organisation, browser
from entraide_federation import reading
from entraide_federation.publishing import sweeping
from entraide_federation.reading.pull import open_client
from entraide_federation.store.models import SignedObject

TOYS = '''"""Toys that families lend each other."""
from marshmallow import Schema, validate
from entraide import Kind, catalogue, fields, hookimpl, parties, public, staff

_ = catalogue(__name__, fr={"Toy loan": "Prêt de jouets", "Toy": "Jouet", "Age": "Âge",
    "months": "mois", "State": "État", "Like new": "Comme neuf", "Used": "Usagé",
    "Deposit": "Caution", "Since": "Depuis", "From": "À partir de", "Shelf": "Étagère"})

class ToySchema(Schema):
    toy = public(fields.String(validate=validate.Length(max=80)), label=_("Toy"))
    age = public(fields.Integer(), label=_("Age"), unit=_("months"))
    state = public(fields.one_of([("new", _("Like new")), ("used", _("Used"))]), label=_("State"))
    deposit = public(fields.Decimal(), label=_("Deposit"), unit="€")
    since = public(fields.Date(), label=_("Since"))
    start = public(fields.Time(), label=_("From"))
    shelf = staff(fields.String(), label=_("Shelf"), purpose="find it again")

@hookimpl
def register_kinds():
    yield Kind("toyloan", _("Toy loan"), ToySchema, federated=True)
'''
GIVEN = {
    "toy": "Petit train",
    "age": 30,
    "state": "new",
    "deposit": 12.5,
    "since": date(2026, 11, 1),
    "start": time(8, 30),
    "shelf": "Rue Secrète",
}
FRENCH = {
    "Jouet": "Petit train",
    "Âge": "30\u00a0mois",
    "État": "Comme neuf",
    "Caution": "12,5\u00a0€",
    "Depuis": "dimanche 1er novembre 2026",
    "À partir de": "8\u00a0h\u00a030",
}
ENGLISH = {
    "Toy": "Petit train",
    "Age": "30\u00a0months",
    "State": "Like new",
    "Deposit": "12.5\u00a0€",
    "Since": "November 1, 2026",
    "From": "8:30",
}
WITH_TOYS = {"plugins": ("federation", "toyloan"), "files": {"plugins/toyloan.py": TOYS}}


@pytest.fixture
def pair(make_origin):
    """Two sites behind real servers; only the first one has the plugin."""
    with (
        serving(make_origin, "home", "origin", **WITH_TOYS) as home,
        serving(make_origin, "away", "origin", plugins=("federation",)) as away,
    ):
        follow(away, "origin", home)
        yield home, away


def lend(site, publish_all):
    with runtime.activate(site):
        with database.writing() as session:
            organisation = add_organisation(session)
            offer = {"kind": "toyloan", "organisation_id": organisation.id, "payload": GIVEN}
            add_offer(session, title="Un petit train", **offer)
        remember_classification(site)
        publish_all()


def pages_of(site, language="fr"):
    """Return what a visitor reads of the one offer: the list, and its page."""
    with runtime.activate(site), database.reading() as session:
        row = session.scalars(select(Listing).where(Listing.type == "offer")).one()
        path = row.url
    client = browser(create_app(site))
    headers = {"Accept-Language": language}
    return client.get("/find", headers=headers).text, client.get(path, headers=headers).text


def test_a_site_without_the_plugin_shows_type_and_fields(pair, publish_all):
    home, away = pair
    lend(home, publish_all)
    with runtime.activate(away):
        assert reading.pull_source(home.base).error == ""
    for language, label, words in (
        ("fr", "Prêt de jouets", FRENCH),
        ("en", "Toy loan", ENGLISH),
    ):
        cards, page = pages_of(away, language)
        assert label in cards
        assert label in page
        for name, value in words.items():
            assert f'<dt>{name}</dt><dd dir="auto">{value}</dd>' in page
        assert "Secrète" not in page


@pytest.fixture
def network(make_origin):
    """A hub and two sites that read it; only the first one has the plugin."""
    with (
        serving(make_origin, "hub", "hub", plugins=("federation",)) as hub,
        serving(make_origin, "one", "origin", **WITH_TOYS) as one,
        serving(make_origin, "two", "origin", plugins=("federation",)) as two,
    ):
        follow(hub, "origin", one)
        follow(two, "hub", hub)
        yield hub, one, two


def bodies(site, kind="Kind"):
    with runtime.activate(site), database.reading() as session:
        rows = select(SignedObject.body).where(SignedObject.type == kind)
        return session.scalars(rows).all()


def test_a_hub_passes_on_what_the_origin_signed(network, publish_all):
    hub, one, two = network
    lend(one, publish_all)
    with runtime.activate(hub):
        publish_all()
        assert reading.pull_source(one.base).error == ""
    with runtime.activate(two):
        assert reading.pull_source(hub.base).error == ""
        with open_client() as http:
            assert reading.confirm_due(http, lambda: False) == 1
    assert bodies(hub) == bodies(one) == bodies(two)
    for site in (hub, two):
        cards, page = pages_of(site)
        assert "Prêt de jouets" in cards
        assert all(f"<dt>{name}</dt>" in page for name in FRENCH)
        assert one.base.removeprefix("http://") in page


def open_with(site, *, is_on):
    fresh = create_site(site.settings, {"toyloan": is_on})
    fresh.clock = site.clock
    return fresh


def work(site, publish_all):
    with runtime.activate(site):
        remember_classification(site)
        sweeping.sweep(JobRun(clock.now() + timedelta(days=1), lambda: False))
        publish_all()


def test_a_description_leaves_with_its_plugin_and_comes_back(pair, publish_all):
    home, away = pair
    lend(home, publish_all)
    (first,) = map(orjson.loads, bodies(home))
    for is_on in (False, True):
        fresh = open_with(home, is_on=is_on)
        home.clock.advance(timedelta(hours=1))
        work(fresh, publish_all)
        fresh.database.close()
        assert len(bodies(home)) == is_on
    away.clock.advance(timedelta(hours=2))
    (again,) = map(orjson.loads, bodies(home))
    assert (again["id"], again["version"] > first["version"]) == (first["id"], True)
    with runtime.activate(away):
        assert reading.pull_source(home.base).error == ""
    assert "Prêt de jouets" in pages_of(away)[1]


def test_what_a_resting_plugin_said_stands(pair, publish_all, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    home, _away = pair
    lend(home, publish_all)
    before = bodies(home)
    file = home.settings.folder / "plugins" / "toyloan.py"
    file.write_text("1 / 0\n", "utf-8")
    fresh = open_with(home, is_on=True)
    work(fresh, publish_all)
    assert "toyloan" not in fresh.kinds
    assert bodies(home) == before
    cards, page = pages_of(fresh)
    assert "Prêt de jouets" in cards
    assert "<dt>Jouet</dt>" in page
    assert "Selon" not in page
    fresh.database.close()


def test_a_kind_that_stays_at_home_is_not_described_elsewhere(pair, publish_all):
    home, _away = pair
    file = home.settings.folder / "plugins" / "toyloan.py"
    lend(home, publish_all)
    file.write_text(TOYS.replace("federated=True", "federated=False"), "utf-8")
    fresh = open_with(home, is_on=True)
    work(fresh, publish_all)
    assert bodies(home) == []
    file.write_text(TOYS.replace("toyloan", "playloan"), "utf-8")
    fresh.database.close()
    later = open_with(home, is_on=True)
    work(later, publish_all)
    with runtime.activate(later), database.writing() as session:
        for row in session.scalars(select(DescribedKind)):
            session.delete(row)
    work(later, publish_all)
    (body,) = bodies(home)
    assert orjson.loads(body)["kind"] == "playloan"
    later.database.close()


def test_the_plugin_of_this_site_rules_over_what_others_say(make_origin, publish_all):
    ours = TOYS.replace("Prêt de jouets", "Nos jouets").replace('"Jouet"', '"Objet"')
    mine = WITH_TOYS | {"files": {"plugins/toyloan.py": ours}}
    with (
        serving(make_origin, "home", "origin", **WITH_TOYS) as home,
        serving(make_origin, "away", "origin", **mine) as away,
    ):
        follow(away, "origin", home)
        lend(home, publish_all)
        with runtime.activate(away):
            assert reading.pull_source(home.base).error == ""
        cards, page = pages_of(away)
        assert ("Nos jouets" in cards, "Prêt de jouets" in cards) == (True, False)
        assert ("<dt>Objet</dt>" in page, "<dt>Jouet</dt>" in page) == (True, False)
        assert "Selon" not in page


def test_offers_of_a_kind_that_was_renamed_here_follow_its_description(make_origin, publish_all):
    renamed = TOYS.replace('"toyloan"', '"toys"').replace("=True)", '=True, formerly=("toyloan",))')
    mine = WITH_TOYS | {"files": {"plugins/toyloan.py": renamed}}
    with (
        serving(make_origin, "home", "origin", **WITH_TOYS) as home,
        serving(make_origin, "away", "origin", **mine) as away,
    ):
        follow(away, "origin", home)
        lend(home, publish_all)
        with runtime.activate(away):
            assert reading.pull_source(home.base).error == ""
        fresh = open_with(away, is_on=False)
        cards, page = pages_of(fresh)
        fresh.database.close()
        assert "Prêt de jouets" in cards
        assert "<dt>Jouet</dt>" in page
