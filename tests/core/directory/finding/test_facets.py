"""Every facet that a plugin declares is a filter that people can click."""

import re
from html import unescape

import pytest

from entraide import app as apps
from entraide import database, runtime
from entraide.directory.jobs import FOLLOWER, follower
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.directory.offers.service import withdraw_offer
from entraide.directory.payloads.values import load_payload
from entraide.testing import add_offer, add_organisation, browser

LENDING = '''"""Things that are lent, with a filter of each sort."""
from marshmallow import Schema, validate
from entraide import Kind, fields, hookimpl, parties, public

class LendingSchema(Schema):
    months = public(fields.Integer(validate=validate.Range(0, 36)), label="Âge", facet=True, zero="Naissance")
    washed = public(fields.Boolean(), label="Lavé", facet=True)
    until = public(fields.Date(), label="Jusqu'au", facet=True)
    colour = public(fields.String(validate=validate.Length(max=30)), label="Couleur", facet=True)
    size = public(fields.one_of([("s", "Petit"), ("l", "Grand")]), label="Taille", facet=True)
    tags = public(fields.List(fields.String()), label="Mots", facet=True)
    price = public(fields.Decimal(), label="Prix", facet=True)
    pickup = parties(fields.String(validate=validate.Length(max=30)), label="Adresse")

@hookimpl
def register_kinds():
    yield Kind("lending", "Prêt", LendingSchema, federated=True)
'''
OFFERS = (
    {"months": 10, "washed": True, "until": "2027-05-31", "colour": "rouge", "tags": ["bébé"]},
    {"months": 9, "washed": False, "colour": "bleu", "size": "s", "pickup": "rue CANARI"},
    {"months": 0, "price": "3.50"},
)
LATE = {"months": 12, "colour": "vert"}


@pytest.fixture
def client(make_site, database_url):
    site = make_site(url=database_url, plugins=("lending",), files={"plugins/lending.py": LENDING})
    with runtime.activate(site):
        yield browser(apps.create_app(site))
        if opened := FOLLOWER.find():
            opened.close()


def fill(*payloads):
    kind = runtime.current().kinds["lending"]
    with database.writing() as session:
        association = add_organisation(session)
        for number, sent in enumerate(payloads):
            payload = load_payload(kind, sent)
            add_offer(
                session, number, kind="lending", organisation_id=association.id, payload=payload
            )


def index():
    # A new follower does not wait half a second after the last commit.
    if opened := FOLLOWER.take():
        opened.close()
    while follower().step():
        continue


def filters(client):
    page = client.get("/find?kind=lending").text
    groups = re.findall(r"<h3>([^<]*)</h3>\s*<ul(.*?)</ul>", page, re.DOTALL)
    return {
        unescape(title): {
            unescape(label).strip(): unescape(url)
            for url, label in re.findall(r'href="([^"]*)"[^>]*>([^<]*)<', links)
        }
        for title, links in groups[1:]
    }


def test_each_facet_offers_what_there_is_to_choose(client):
    fill(*OFFERS)
    index()
    shown = {title: list(links) for title, links in filters(client).items()}
    assert shown == {
        "Âge": ["Tout", "Naissance", "9 au plus", "10 au plus"],
        "Lavé": ["Tout", "Oui", "Non"],
        "Jusqu'au": ["Tout", "lundi 31 mai 2027"],
        "Couleur": ["Tout", "bleu", "rouge"],
        "Taille": ["Tout", "Petit", "Grand"],
        "Mots": ["Tout", "bébé"],
        "Prix": ["Tout", "3,5 au plus"],
    }


@pytest.mark.parametrize(
    ("title", "label", "found"),
    [
        ("Âge", "9 au plus", {1, 2}),
        ("Âge", "10 au plus", {0, 1, 2}),
        ("Âge", "Naissance", {2}),
        ("Lavé", "Oui", {0}),
        ("Lavé", "Non", {1}),
        ("Jusqu'au", "lundi 31 mai 2027", {0}),
        ("Couleur", "bleu", {1}),
        ("Taille", "Petit", {1}),
        ("Mots", "bébé", {0}),
        ("Âge", "Tout", {0, 1, 2}),
    ],
)
def test_each_link_finds_what_it_says(client, title, label, found):
    fill(*OFFERS)
    index()
    page = client.get(filters(client)[title][label]).text
    assert {number for number in range(3) if f"Offre exemple {number}" in page} == found


def test_what_is_gone_is_no_choice_any_more(client):
    fill(OFFERS[0], LATE)
    index()
    assert "12 au plus" in filters(client)["Âge"]
    with database.writing() as session:
        gone = session.query(Offer).filter(Offer.title == "Offre exemple 1").one()
        withdraw_offer(session, offer=gone, actor=None)
    index()
    assert list(filters(client)["Âge"]) == ["Tout", "10 au plus"]


def test_what_a_field_does_not_take_is_no_choice(client):
    fill(OFFERS[0])
    with database.writing() as session:
        row = session.query(Listing).filter(Listing.type == "offer").one()
        row.payload = {"months": "beaucoup", "colour": "rouge"}
    index()
    assert list(filters(client)) == ["Lavé", "Couleur", "Taille"]


def test_without_an_index_only_declared_answers_are_offered(client):
    fill(*OFFERS)
    assert list(filters(client)) == ["Lavé", "Taille"]
