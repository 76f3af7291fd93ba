"""A second release of a kind: its rows follow, and pages, API, search and table say the same."""

import re
import zipfile
from html import unescape

import pytest
from marshmallow import Schema
from sqlalchemy import select

from entraide import app as apps
from entraide import database, fields, public, runtime
from entraide.directory.jobs import FOLLOWER, follower
from entraide.directory.listing.models import Listing
from entraide.directory.listing.store import COLUMNS, store_listings
from entraide.directory.models import Offer
from entraide.directory.payloads.values import load_payload, public_part, stored_parts
from entraide.directory.payloads.versions import UpcastFailed
from entraide.help_requests.models import HelpRequest
from entraide.kinds import Kind
from entraide.privacy import export_member
from entraide.testing import add_member, add_offer, add_organisation, add_request, browser

HEAD = '''"""Things that families lend each other, release %s."""
from marshmallow import Schema, validate
from entraide import Kind, Workflow, fields, hookimpl, parties, public

SHORT = validate.Length(max=40)

'''
FIRST = (
    HEAD % 1
    + """
class LendingSchema(Schema):
    thing = public(fields.String(required=True, validate=SHORT), label="Objet", facet=True)
    months = public(fields.String(validate=SHORT), label="Âge")
    colour = public(fields.String(validate=SHORT), label="Couleur")
    pickup = parties(fields.String(validate=SHORT), label="Adresse")

@hookimpl
def register_kinds():
    yield Kind("lending", "Prêt", LendingSchema, federated=True)
"""
)
SECOND = (
    HEAD % 2
    + """
def item_for_thing(payload):
    if "thing" in payload:
        payload["item"] = payload.pop("thing")
    return payload

def months_as_number(payload):
    months = payload.pop("months", "")
    return payload | ({"months": int(months)} if months else {})

class LendingSchema(Schema):
    item = public(fields.String(required=True, validate=SHORT), label="Chose", facet=True)
    months = public(fields.Integer(), label="Mois", facet=True)
    pickup = parties(fields.String(validate=SHORT), label="Adresse")

LOAN = Workflow("free", {"free": {"lend": "lent"}, "lent": {"give_back": "free"}}, listed=("free", "lent"))

@hookimpl
def register_kinds():
    yield Kind("equipment", "Matériel", LendingSchema, LOAN, federated=True, formerly=("lending",),
               schema_version="2.0", upcasts={"1.0": item_for_thing, "1.1": months_as_number})
"""
)
GIVEN = {"thing": "Lit pliant", "months": "10", "colour": "rouge", "pickup": "rue CANARI"}


@pytest.fixture
def first(make_site, database_url):
    """A site with the first release, an offer, a request, and an offer of another site."""
    files = {"plugins/lending.py": FIRST}
    site = make_site(url=database_url, plugins=("lending",), files=files)
    with runtime.activate(site), database.writing() as session:
        author = add_member(session, 1)
        association = add_organisation(session, coordinator=author)
        payload = load_payload(site.kinds["lending"], GIVEN)
        add_offer(
            session,
            kind="lending",
            actor=author,
            organisation_id=association.id,
            payload=payload,
        )
        add_request(session, kind="lending", actor=author, payload=payload)
        row = session.scalars(select(Listing).where(Listing.type == "offer")).one()
        values = {name: getattr(row, name) for name in COLUMNS}
        theirs = {"uid": FOREIGN, "origin": "https://ailleurs.example", "title": "Ailleurs"}
        store_listings(session, [values | theirs])
    with runtime.activate(site):
        apps.remember_classification(site)
    return site


FOREIGN = "https://ailleurs.example/federation/o/01932b7e-0000-7000-8000-000000000001"


def release(site, text):
    """Open the same site again with another release of its plugin, as a start does."""
    (site.settings.folder / "plugins" / "lending.py").write_text(text, "utf-8")
    later = apps.create_site(site.settings)
    later.clock = site.clock
    with runtime.activate(later):
        apps.remember_classification(later)
    return later


@pytest.fixture
def second(first):
    later = release(first, SECOND)
    with runtime.activate(later):
        yield later
        if opened := FOLLOWER.find():
            opened.close()
    later.database.close()


def test_rows_have_the_name_the_version_and_the_state_of_today(second):
    with database.reading() as session:
        offer = session.scalars(select(Offer)).one()
        request = session.scalars(select(HelpRequest)).one()
        for row in (offer, request):
            assert row.kind == "equipment"
            given = {"item": "Lit pliant", "months": 10, "colour": "rouge"}
            assert row.payload == {"$version": "2.0", **given}
            assert row.details == {"$version": "2.0", "pickup": "rue CANARI"}
        assert (offer.state, offer.publication) == ("free", "public")
        rows = session.scalars(select(Listing).where(Listing.type == "offer")).all()
        assert {row.kind for row in rows} == {"equipment"}


def test_a_second_start_changes_nothing(second):
    with database.reading() as session:
        before = session.scalars(select(Offer.revision)).one()
    apps.remember_classification(second)
    with database.reading() as session:
        assert session.scalars(select(Offer.revision)).one() == before


def test_every_door_says_the_same(second, tmp_path):
    follower().step()
    client = browser(apps.create_app(second))
    with database.reading() as session:
        offer = session.scalars(select(Offer)).one()
        export_member(session, offer.member_id, tmp_path / "export.zip")
    foreign = f"/offers/ailleurs.example/{FOREIGN.rpartition('/')[2]}"
    for page in (f"/offers/{offer.id}", foreign):
        words = unescape(client.get(page).text)
        assert re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", words) == [
            ("Chose", "Lit pliant"),
            ("Mois", "10"),
        ]
    items = client.get("/api/v1/offers?kind=lending").json["items"]
    assert [(item["kind"], item["payload"]) for item in items] == [
        ("equipment", {"item": "Lit pliant", "months": 10})
    ] * 2
    found = client.get("/find?kind=equipment&equipment.item=Lit+pliant&equipment.months=12")
    assert all(page in found.text for page in (foreign, f"/offers/{offer.id}"))
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        page = archive.read("index.html").decode()
    assert [word in page for word in ("Chose", "Lit pliant", "$version")] == [True, True, False]


def test_old_addresses_lead_to_the_new_name(second):
    client = browser(apps.create_app(second))
    answer = client.get("/find?kind=lending&lending.months=10&radius=50")
    assert answer.status_code == 301
    assert answer.location == "/find?radius=50&kind=equipment&equipment.months=10"
    assert 'value="equipment" checked' in client.get("/post/offer?kind=lending").text


BROKEN = SECOND.replace('payload["item"] = payload.pop("thing")', 'payload["item"] = 1 / 0')
ODD = SECOND.replace("    return payload\n\ndef months", "    return [payload]\n\ndef months")
LEAVING = SECOND.replace('payload["item"] = payload.pop("thing")', "raise SystemExit(3)")
NO_JSON = SECOND.replace('payload["item"] = payload.pop("thing")', 'payload["item"] = {"a", "b"}')
HUGE = SECOND.replace('payload["item"] = payload.pop("thing")', 'payload["item"] = 10**400')
ENDLESS = SECOND.replace('payload["item"] = payload.pop("thing")', 'payload["item"] = payload')


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (BROKEN, "the upcast of kind equipment from 1.0 failed: ZeroDivisionError"),
        (ODD, "the upcast of kind equipment from 1.0 failed: it returned list"),
        (LEAVING, "the upcast of kind equipment from 1.0 failed: SystemExit"),
        (NO_JSON, "the upcast of kind equipment from 1.0 failed: it returned no JSON"),
        (HUGE, "the upcast of kind equipment from 1.0 failed: it returned no JSON"),
        (ENDLESS, "the upcast of kind equipment from 1.0 failed: it returned no JSON"),
    ],
)
def test_an_upcast_that_fails_is_told_and_shows_nothing(lenient, first, capsys, text, cause):
    later = release(first, text)
    with runtime.activate(later):
        answer = browser(apps.create_app(later)).get("/api/v1/offers")
        assert [item["payload"] for item in answer.json["items"]] == [{}, {}]
        with database.reading() as session:
            offer = session.scalars(select(Offer)).one()
        assert offer.payload["thing"] == "Lit pliant"
        with pytest.raises(UpcastFailed, match="Correct the function"):
            stored_parts(later.kinds["equipment"], offer.payload, offer.details)
    assert re.search(rf"lending\.py, line (8|10): {cause}", capsys.readouterr().out)
    mended = release(first, SECOND + "\n# mended\n")
    with runtime.activate(mended):
        answer = browser(apps.create_app(mended)).get("/api/v1/offers")
        assert answer.json["items"][0]["payload"]["item"] == "Lit pliant"
    later.database.close()
    mended.database.close()


class ThingSchema(Schema):
    price = public(fields.Decimal(), label="Prix")
    prices = public(fields.List(fields.Decimal()), label="Des prix")
    number = public(fields.Integer(), label="Nombre")
    day = public(fields.Date(), label="Jour")
    is_new = public(fields.Boolean(), label="Neuf")


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ({"price": "3.50", "odd": 1, "$version": "9.9"}, {"price": 3.5}),
        ({"price": "trois", "number": True, "is_new": 1, "day": 7}, {}),
        ({"prices": ["1", 2.5], "number": 4}, {"prices": [1.0, 2.5], "number": 4}),
        ({"prices": ["1", {}], "$version": ["a"]}, {}),
    ],
)
def test_what_a_field_does_not_hold_is_left_out(payload, shown):
    assert public_part(Kind("things", "Choses", ThingSchema), payload) == shown
