"""A second release of a kind, seen from other sites: what its rows become travels, and nothing goes."""

from datetime import timedelta

import orjson
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from entraide import JobRun, clock, database, runtime
from entraide import app as apps
from entraide.directory.models import Offer
from entraide.plugins.field_checks import NAME
from entraide.testing import add_member, add_offer, add_organisation, browser
from entraide_federation.protocol import profile
from entraide_federation.publishing import sweeping
from entraide_federation.store.models import SignedObject

HEAD = '''"""Errands for one another."""
from marshmallow import Schema, validate
from entraide import Kind, RemoteOffer, Workflow, fields, hookimpl, parties, public

SHORT = validate.Length(max=80)

class ErrandSchema(Schema):
    shop = public(fields.String(validate=SHORT), label="Magasin")
    mail = public(fields.Email(validate=SHORT), label="Adresse")
    price = public(fields.Decimal(validate=validate.Range(0, "5.00")), label="Prix")
    where = public(fields.Commune(), label="Lieu")

LOAN = Workflow("free", {"free": {"lend": "lent"}, "lent": {"give_back": "free"}})

def with_shop(payload):
    return {("store" if name == "shop" else name): payload[name] for name in payload}

@hookimpl
def register_kinds():
'''
FIRST = HEAD + '    yield Kind("errands", "Courses", ErrandSchema, federated=True)\n'
CLOSED = FIRST.replace("mail = public(", "mail = parties(")
FLOW = FIRST.replace("ErrandSchema,", "ErrandSchema, LOAN,")
RENAMED = FIRST.replace('"errands",', '"shopping",').replace(
    "True)", 'True, formerly=("errands",))'
)
NEWER = FIRST.replace("    shop =", "    store =").replace(
    "True)", 'True, schema_version="1.1", upcasts={"1.0": with_shop})'
)
BROKEN = NEWER.replace("    return {(", "    return {1 / 0: (")
GIVEN = {"shop": "Halle", "mail": "exemple@example.org", "price": 0.000001}


@pytest.fixture
def first(make_origin, database_url, publish_all):
    site = make_origin(
        url=database_url,
        plugins=("federation", "canary", "errands"),
        files={"plugins/errands.py": FIRST},
    )
    with runtime.activate(site):
        with database.writing() as session:
            author = add_member(session, 1)
            association = add_organisation(session, coordinator=author)
            offer = {"kind": "errands", "organisation_id": association.id, "payload": GIVEN}
            add_offer(session, actor=author, **offer)
        apps.remember_classification(site)
        publish_all()
    return site


@pytest.fixture
def published(first, publish_all, monkeypatch):
    """A function that starts another release, does all work and returns what is published."""
    opened = []

    def start(text):
        monkeypatch.setenv("ENTRAIDE_STRICT", "0")
        (first.settings.folder / "plugins" / "errands.py").write_text(text, "utf-8")
        later = apps.create_site(first.settings)
        later.clock = first.clock
        opened.append(later)
        with runtime.activate(later):
            apps.remember_classification(later)
            sweeping.sweep(JobRun(clock.now() + timedelta(days=1), lambda: False))
            publish_all()
            with database.reading() as session:
                offers = SignedObject.type.in_(("Offer", "Tombstone"))
                rows = session.scalars(select(SignedObject.body).where(offers)).all()
            return [orjson.loads(body) for body in rows]

    yield start
    for site in opened:
        site.database.close()


PUBLIC = {"shop": "Halle", "mail": "exemple@example.org", "price": "0.000001"}
NEWEST = {"$version": "1.1", "store": "Halle", "mail": PUBLIC["mail"], "price": PUBLIC["price"]}


@pytest.mark.parametrize(
    ("text", "ext"),
    [
        (FIRST, {"errands": PUBLIC}),
        (CLOSED, {"errands": {"shop": "Halle", "price": "0.000001"}}),
        (FLOW, {"errands": PUBLIC}),
        (RENAMED, {"shopping": PUBLIC}),
        (NEWER, {"errands": NEWEST}),
        (BROKEN, {"errands": PUBLIC}),
    ],
)
def test_the_offer_goes_on_as_todays_release_has_it(published, text, ext):
    (document,) = published(text)
    assert document["type"] == "Offer"
    assert document["ext"] == ext
    assert document["kind"] == next(iter(ext))


def test_a_state_that_came_later_leads_on(first, published):
    published(FLOW)
    with runtime.activate(first), database.reading() as session:
        assert session.scalars(select(Offer.state)).all() == ["free"]


def test_the_schema_of_a_kind_describes_what_travels(first):
    client = browser(apps.create_app(first))
    schema = client.get("/federation/v1/schemas/errands/1.0.json").json
    Draft202012Validator.check_schema(schema)
    judge = Draft202012Validator(schema)
    assert judge.is_valid({**PUBLIC, "where": "58079"})
    assert not judge.is_valid({**PUBLIC, "price": 3.5})
    assert not judge.is_valid({**PUBLIC, "where": "Clamecy"})


def test_the_schema_of_a_later_version_names_it(published, first):
    published(NEWER)
    later = apps.create_site(first.settings)
    client = browser(apps.create_app(later))
    schema = client.get("/federation/v1/schemas/errands/1.1.json").json
    assert Draft202012Validator(schema).is_valid(NEWEST)
    later.database.close()


@pytest.mark.parametrize("name", ["a", "A9", "a-b_c", "x" * 40])
def test_names_that_a_kind_may_use_travel(name):
    assert NAME.fullmatch(name)
    profile.check({"@context": profile.CONTEXT, name: 1})
