"""A kind whose plugin only one site has: its label and fields travel, and are shown elsewhere."""

from datetime import date, time

import pytest
from federation_network import follow, serving
from sqlalchemy import select

from entraide import Listing, database, runtime
from entraide.app import create_app, remember_classification
from entraide.testing import add_offer, add_organisation, browser
from entraide_federation import reading

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
    "À partir de": "08:30",
}
ENGLISH = {
    "Toy": "Petit train",
    "Age": "30\u00a0months",
    "State": "Like new",
    "Deposit": "12.5\u00a0€",
    "Since": "November 1, 2026",
    "From": "08:30",
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
