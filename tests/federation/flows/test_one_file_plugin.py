"""A kind dropped into `plugins/` as one file federates, and is exported when the file is gone."""

import json
import zipfile

import orjson
import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import config, database, runtime
from entraide.privacy import export_member
from entraide.testing import add_member, add_offer, add_organisation
from entraide_federation.store.models import SignedObject

EQUIPMENT = '''"""Nursery equipment that families lend each other."""
from marshmallow import Schema, validate
from entraide import Kind, catalogue, fields, hookimpl, parties, public

_ = catalogue(__name__, fr={"Equipment loan": "Prêt de matériel"})


class EquipmentSchema(Schema):
    item = public(fields.String(required=True, validate=validate.Length(max=80)), label=_("Item"))
    pickup = parties(
        fields.String(validate=validate.Length(max=200)), label=_("Address"), category="location"
    )


@hookimpl
def register_kinds():
    yield Kind("equipment", _("Equipment loan"), EquipmentSchema, federated=True)
'''
SECRET = "3 rue du CANARI"


@pytest.fixture
def lent(make_origin, database_url, publish_all):
    """A site that published one offer of the kind; its author's id."""
    site = make_origin(
        url=database_url,
        plugins=("federation", "canary", "equipment"),
        files={"plugins/equipment.py": EQUIPMENT},
    )
    with runtime.activate(site):
        with database.writing() as session:
            author = add_member(session, 1)
            association = add_organisation(session, coordinator=author)
            payload = {"item": "Lit pliant", "pickup": SECRET}
            add_offer(
                session,
                kind="equipment",
                organisation_id=association.id,
                actor=author,
                payload=payload,
            )
        publish_all()
        yield site, author.id


def test_its_offers_travel_with_their_public_fields_only(lent):
    with database.reading() as session:
        body = session.scalars(select(SignedObject.body).where(SignedObject.type == "Offer")).one()
    document = orjson.loads(body)
    assert document["kind"] == "equipment"
    assert document["ext"] == {"equipment": {"item": "Lit pliant"}}
    assert SECRET.encode() not in body


def test_its_data_is_exported_when_the_file_is_gone(lent, tmp_path, monkeypatch):
    site, author = lent
    apps.remember_classification(site)
    (site.settings.folder / "plugins" / "equipment.py").unlink()
    monkeypatch.delenv("ENTRAIDE_STRICT")
    settings = config.load(site.settings.folder, {"ENTRAIDE_DATABASE_URL": site.database.url})
    again = apps.create_site(settings)
    assert "equipment" in again.registry.quarantined
    with runtime.activate(again), database.reading() as session:
        archive = export_member(session, author, tmp_path / "export.zip")
    again.database.close()
    with zipfile.ZipFile(archive) as files:
        texts = "".join(files.read(name).decode() for name in files.namelist())
    assert SECRET in texts
    assert json.dumps("Lit pliant") in texts
