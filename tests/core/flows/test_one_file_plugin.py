"""The example of the plugin guide, word for word: one file, and everything else follows."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import database, runtime
from entraide.directory.jobs import FOLLOWER, follower
from entraide.directory.listing.models import Listing
from entraide.directory.models import Offer
from entraide.members.service import create_token
from entraide.testing import (
    add_member,
    add_offer,
    add_organisation,
    browser,
    in_days,
    log_in,
)

EQUIPMENT = '''"""Nursery equipment that families lend each other."""
from marshmallow import Schema, validate
from entraide import Kind, Workflow, catalogue, fields, hookimpl, parties, public

_ = catalogue(__name__, fr={"Equipment loan": "Prêt de matériel", "Item": "Objet",
                            "Age in months": "Âge en mois", "Pick-up address": "Adresse de retrait"})

class EquipmentSchema(Schema):
    item = public(fields.String(required=True, validate=validate.Length(max=80)), label=_("Item"))
    age_months = public(fields.Integer(validate=validate.Range(0, 36)), label=_("Age in months"), facet=True)
    pickup = parties(fields.String(validate=validate.Length(max=200)), label=_("Pick-up address"), category="location")

LENDING = Workflow("open", {"open": {"reserve": "reserved", "withdraw": "closed"},
                            "reserved": {"hand_over": "lent", "cancel": "open"},
                            "lent": {"give_back": "closed"}})

@hookimpl
def register_kinds():
    yield Kind("equipment", _("Equipment loan"), EquipmentSchema, LENDING, federated=True)
'''
SECRET = "3 rue du CANARI"
PAYLOAD = {"item": "Lit pliant", "age_months": 18, "pickup": SECRET}


@pytest.fixture
def lent(make_site, database_url):
    """A site with the plugin, an association, its coordinator and one offer."""
    site = make_site(
        url=database_url, plugins=("equipment",), files={"plugins/equipment.py": EQUIPMENT}
    )
    with runtime.activate(site):
        with database.writing() as session:
            coordinator = add_member(session)
            association = add_organisation(session, coordinator=coordinator)
            offer = add_offer(
                session, kind="equipment", organisation_id=association.id, payload=PAYLOAD
            )
            token = create_token(session, name="t", scopes=["offers:write"], member=coordinator)
        index()
        yield site, offer.id, association.id, token
        FOLLOWER.get(site).close()


def index():
    while follower().step():
        continue


def test_list_detail_and_facet(lent):
    site, offer, _, _ = lent
    client = browser(apps.create_app(site))
    assert "Offre exemple 1" in client.get("/find?kind=equipment").text
    page = client.get(f"/offers/{offer}").text
    for words in ("Prêt de matériel", "Objet", "Lit pliant", "Âge en mois", "18"):
        assert words in page
    assert SECRET not in page
    assert "Âge en mois" in client.get("/find?kind=equipment").text
    assert "Offre exemple 1" in client.get("/find?kind=equipment&equipment.age_months=18").text
    assert "Offre exemple 1" not in client.get("/find?kind=equipment&equipment.age_months=3").text


def test_api(lent):
    site, _, association, token = lent
    client = browser(apps.create_app(site))
    bearer = {"Authorization": f"Bearer {token}"}
    body = {
        "kind": "equipment",
        "title": "Poussette exemple",
        "summary": "Un exemple.",
        "organisation": str(association),
        "territory": ["58079"],
        "verify_by": in_days(60).isoformat(),
        "payload": PAYLOAD,
    }
    answer = client.post("/api/v1/offers", json=body, headers=bearer)
    assert answer.status_code == 201, answer.text
    assert answer.json["payload"] == {"item": "Lit pliant", "age_months": 18}
    assert SECRET not in answer.text
    for wrong in (1.9, "dix-huit", 37):
        mistaken = body | {"payload": PAYLOAD | {"age_months": wrong}}
        assert client.post("/api/v1/offers", json=mistaken, headers=bearer).status_code == 422
    found = client.get("/api/v1/offers").json["items"]
    assert {item["kind"] for item in found} == {"equipment"}
    assert len(found) == 2


def test_buttons_of_the_workflow(lent):
    site, offer, _, _ = lent
    client = log_in(browser(apps.create_app(site)), "member1@example.org")
    page = client.get(f"/offers/{offer}").text
    assert "reserve" in page
    assert "hand_over" not in page


def test_only_public_fields_are_in_the_listing_and_the_rest_is_encrypted(lent):
    _, offer, _, _ = lent
    with database.reading() as session:
        row = session.scalars(select(Listing).where(Listing.type == "offer")).one()
        assert row.payload == {"item": "Lit pliant", "age_months": 18}
        assert session.get_one(Offer, offer).details == {"pickup": SECRET}
        stored = session.connection().exec_driver_sql("SELECT details FROM directory_offer")
        assert SECRET.encode() not in bytes(stored.scalar())


def test_removing_the_file_leaves_the_site_up_and_the_data_kept(lent, lenient):
    site, offer, _, _ = lent
    folder = site.settings.folder
    (folder / "plugins" / "equipment.py").unlink()
    FOLLOWER.get(site).close()
    again = reopened(site)
    client = browser(apps.create_app(again))
    assert "no plugins/equipment.py" in again.registry.quarantined["equipment"]
    for path in ("/", "/find", "/organisations", "/help-numbers", "/api/v1/offers"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/offers/{offer}").status_code in (200, 404)
    assert client.get("/equipment/").status_code == 503
    with runtime.activate(again), database.reading() as session:
        assert session.get_one(Offer, offer).details == {"pickup": SECRET}
    again.database.close()


def reopened(site):
    """Open the same folder and database once more, as a restart does."""
    from entraide import config

    settings = config.load(site.settings.folder, {"ENTRAIDE_DATABASE_URL": site.database.url})
    again = apps.create_site(settings)
    again.clock = site.clock
    return again
