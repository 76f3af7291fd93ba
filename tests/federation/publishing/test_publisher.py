"""The publisher: what changed is signed, numbered and covered by a Head, and nothing else."""

from datetime import date, timedelta

import orjson
import pytest
from marshmallow import Schema
from marshmallow import fields as upstream
from sqlalchemy import select

from entraide import Kind, database, fields, public, runtime
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import list_organisation
from entraide.directory.offers import service
from entraide.plugins.choices import PAUSED
from entraide.testing import add_member, add_offer, add_organisation, in_days
from entraide_federation.protocol import heads, keysets, objects
from entraide_federation.protocol.errors import Maintenance
from entraide_federation.protocol.types import CARRIED, OFFER, row_of
from entraide_federation.publishing import publisher
from entraide_federation.publishing.public_members import public_payload
from entraide_federation.store import numbering, verification
from entraide_federation.store.models import KeysetVersion, Mark, Origin, Own, SignedObject

PAYLOAD = {"level": "6e", "seats": 3, "free": True, "tags": ["one", "two"]}


def add(number=1, **values):
    """One organisation with one public offer."""
    with database.writing() as session:
        organisation = values.pop("organisation_id", None) or add_organisation(session, number).id
        options = {"kind": "canary", "payload": PAYLOAD, "organisation_id": organisation} | values
        return add_offer(session, number, **options).id


def edit(offer_id, **values):
    with database.writing() as session:
        offer = service.find_offer(session, offer_id=offer_id)
        service._change(session, offer, **values)


def stored():
    with database.reading() as session:
        rows = session.scalars(select(SignedObject).order_by(SignedObject.seq)).all()
        return [orjson.loads(row.body) for row in rows]


def head():
    with database.reading() as session:
        return heads.read_head(orjson.loads(session.scalar(select(Origin.head))))


def one(type_name):
    return next(document for document in stored() if document["type"] == type_name)


def test_an_offer_and_its_organisation_are_published(origin_site, publish_all):
    add()
    publish_all()
    organisation, offer = stored()
    assert organisation["type"] == "Organisation"
    assert offer["org"] == organisation["id"]
    assert offer["ext"] == {"canary": PAYLOAD}
    assert offer["contactUrl"].startswith("https://site.example/offers/")
    assert offer["validUntil"] == in_days(90).isoformat()
    assert (head().seq, head().count, head().tombstones) == (2, 2, 0)


def test_every_document_is_authentic_and_acceptable(origin_site, publish_all):
    add()
    withdrawn = add(2)
    publish_all()
    edit(withdrawn, publication="withdrawn")
    publish_all()
    now = origin_site.clock.now()
    with database.reading() as session:
        keyset = keysets.verify_keyset(
            orjson.loads(session.scalar(select(KeysetVersion.body))), now=now
        )
        bodies = session.scalars(select(SignedObject.body)).all()
        signed_head = orjson.loads(session.scalar(select(Origin.head)))
    elements = []
    for body in bodies:
        found = objects.authenticate(body, keyset, now=now)
        objects.acceptable(found.document, now=now)
        elements.append(found.element)
    found = heads.authenticate_head(signed_head, keyset, now=now)
    assert heads.accounts_for(found, elements)
    assert (found.count, found.tombstones) == (3, 1)


@pytest.mark.parametrize(
    "values",
    [
        {"organisation_id": None},
        {"kind": "homely"},
    ],
    ids=["a member's", "a kind that stays"],
)
def test_what_stays_at_home(origin_site, publish_all, values):
    with database.writing() as session:
        add_organisation(session)
        organisation = add_organisation(session, 2)
        member = add_member(session)
        options = {"kind": "canary", "organisation_id": organisation.id} | values
        offer = add_offer(session, **options)
        offer.member_id = member.id
    publish_all()
    assert {document["type"] for document in stored()} == {"Organisation"}


def test_a_pending_offer_stays_at_home(origin_site, publish_all):
    offer = add()
    edit(offer, publication="pending")
    publish_all()
    assert {document["type"] for document in stored()} == {"Organisation"}


def test_what_is_carried_is_listed_elsewhere_as_it_is_here(origin_site, publish_all):
    """What the publisher writes, the reader of another site reads back into the same columns."""
    schedule = {"starts": "2027-01-06T14:00:00", "timezone": "Europe/Paris"}
    add(seats=0, schedule=schedule)
    publish_all()
    row = row_of(one("Offer"), {})
    with database.reading() as session:
        own = session.scalars(select(Listing).where(Listing.type == "offer")).one()
    columns = [column for _member, column, _read in CARRIED]
    assert {name: row[name] for name in columns} == {name: getattr(own, name) for name in columns}
    assert None not in [row[name] for name in columns]
    assert {member for member, _column, _read in CARRIED} <= OFFER.members.optional.keys()


def test_an_edit_without_effect_publishes_nothing(origin_site, publish_all):
    offer = add()
    publish_all()
    before = stored(), head()
    origin_site.clock.advance(timedelta(minutes=5))
    edit(offer, details={"for_staff": "another"})
    publish_all()
    assert (stored(), head()) == before
    with database.reading() as session:
        assert session.scalar(select(Mark.object_id)) is None


def test_an_edit_is_a_higher_version_with_the_next_number(origin_site, publish_all):
    offer = add()
    publish_all()
    version = one("Offer")["version"]
    edit(offer, title="Autre titre")
    publish_all()
    assert one("Offer")["title"] == "Autre titre"
    assert one("Offer")["version"] == version + 1, "the clock stood still"
    assert head().seq == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"publication": "withdrawn"}, "withdrawn"),
        ({"publication": "expired"}, "expired"),
        ({"verify_by": date(2026, 11, 21)}, "expired"),
        ({"state": "paused"}, "withdrawn"),
        ({"organisation_id": None, "organisation": None}, "withdrawn"),
    ],
)
def test_what_leaves_the_lists_is_buried_and_may_return(origin_site, publish_all, change, reason):
    offer = add()
    publish_all()
    with database.reading() as session:
        found = service.find_offer(session, offer_id=offer)
        before = {name: getattr(found, name) for name in change}
    content = one("Offer")
    edit(offer, **change)
    publish_all()
    tombstone = one("Tombstone")
    assert (tombstone["id"], tombstone["reason"]) == (content["id"], reason)
    assert len(tombstone) == 8
    assert (head().count, head().tombstones) == (1, 1)
    edit(offer, updated_at=origin_site.clock.now())
    publish_all()
    assert one("Tombstone") == tombstone, "buried once"
    edit(offer, **before)
    publish_all()
    assert one("Offer")["version"] > tombstone["version"]
    assert (head().count, head().tombstones) == (2, 0)


def test_a_deleted_row_is_an_erasure_for_ever(origin_site, publish_all):
    offer = add()
    publish_all()
    edit(offer, publication="withdrawn")
    publish_all()
    with database.writing() as session:
        row = service.find_offer(session, offer_id=offer)
        copy = {column.name: getattr(row, column.name) for column in row.__table__.columns}
        service.list_offer(session, row)
        session.delete(row)
    publish_all()
    assert one("Tombstone")["reason"] == "erasure"
    with database.writing() as session:
        row = service.Offer(**copy | {"publication": "public"})
        session.add(row)
        session.flush()
        service.list_offer(session, row)
    publish_all()
    assert one("Tombstone")["reason"] == "erasure"


def test_what_is_withdrawn_does_not_expire_as_well(origin_site, publish_all):
    offer = add()
    publish_all()
    for publication in ("withdrawn", "expired"):
        edit(offer, publication=publication)
        publish_all()
        assert one("Tombstone")["reason"] == "withdrawn"


def test_a_deleted_organisation_is_an_erasure(origin_site, publish_all):
    with database.writing() as session:
        organisation = add_organisation(session)
    publish_all()
    with database.writing() as session:
        list_organisation(session, organisation)
        session.delete(session.get_one(service.Organisation, organisation.id))
    publish_all()
    assert one("Tombstone")["reason"] == "erasure"


def test_numbers_need_keys(make_site):
    with (
        runtime.activate(make_site(plugins=("federation",))),
        pytest.raises(Maintenance),
        database.writing() as session,
    ):
        numbering.next_numbers(session, 1)


def test_offers_follow_their_organisation(origin_site, publish_all):
    add()
    publish_all()
    for publication, types in (
        ("draft", ["Tombstone", "Tombstone"]),
        ("public", ["Organisation", "Offer"]),
    ):
        with database.writing() as session:
            organisation = session.scalars(select(service.Organisation)).one()
            organisation.publication = publication
            list_organisation(session, organisation)
        publish_all()
        assert [document["type"] for document in stored()] == types


def test_an_unknown_kind_decides_nothing(origin_site, publish_all):
    offer = add()
    publish_all()
    before = stored()
    kind = origin_site.kinds.pop("canary")
    edit(offer, title="Pendant la panne")
    publish_all()
    assert stored() == before
    origin_site.kinds["canary"] = kind


def test_what_readers_would_refuse_is_logged_and_stays_at_home(origin_site, publish_all, capsys):
    edit(add(), title="x" * 151)
    fine = add(2)
    publish_all()
    offers = [document for document in stored() if document["type"] == "Offer"]
    assert [document["id"].endswith(str(fine)) for document in offers] == [True]
    assert "not-publishable" in capsys.readouterr().out


def test_an_object_over_the_limit_stays_at_home(origin_site, publish_all, capsys):
    edit(add(), payload={"tags": ["é" * 100] * 90})
    publish_all()
    assert {document["type"] for document in stored()} == {"Organisation"}
    assert "too-large" in capsys.readouterr().out


class OddSchema(Schema):
    amounts = public(fields.List(fields.Decimal()), label="Prix")
    big = public(fields.Integer(), label="Nombre")
    odd = public(upstream.Raw(), label="Autre")


def test_decimals_and_long_numbers_travel_as_strings():
    payload = {"amounts": [0.5, 0.000001], "big": 2**60, "odd": {"deep": [2**60]}, "gone": 1}
    assert public_payload(Kind("odd", "Odd", OddSchema), payload) == {
        "amounts": ["0.5", "0.000001"],
        "big": str(2**60),
        "odd": {"deep": [str(2**60)]},
    }


@pytest.mark.parametrize(
    ("schedule", "published"),
    [
        (None, None),
        ({"rrule": "FREQ=WEEKLY"}, None),
        (
            {"starts": "2026-12-02T14:00", "ends": "", "internal": "x"},
            {"starts": "2026-12-02T14:00", "timezone": "Europe/Paris"},
        ),
        (
            {
                "starts": "2026-12-02T13:00:00+00:00",
                "ends": "2026-12-02T15:00:00Z",
                "rrule": "FREQ=WEEKLY;BYDAY=WE",
                "timezone": "Europe/Paris",
            },
            {
                "starts": "2026-12-02T14:00:00",
                "ends": "2026-12-02T16:00:00",
                "rrule": "FREQ=WEEKLY;BYDAY=WE",
                "timezone": "Europe/Paris",
            },
        ),
        (
            {"starts": "2026-10-18T22:30:00Z", "rrule": "FREQ=WEEKLY;BYDAY=MO"},
            {
                "starts": "2026-10-19T00:30:00",
                "rrule": "FREQ=WEEKLY;BYDAY=MO",
                "timezone": "Europe/Paris",
            },
        ),
        (
            {
                "starts": "2026-12-02T13:00:00+00:00",
                "ends": "2026-12-02T15:00:00Z",
                "timezone": "Europe/Paris",
            },
            {
                "starts": "2026-12-02T14:00:00",
                "ends": "2026-12-02T15:00:00Z",
                "timezone": "Europe/Paris",
            },
        ),
        (
            {"starts": "9999-12-31T23:30:00Z", "rrule": "FREQ=DAILY"},
            {
                "starts": "9999-12-31T23:30:00Z",
                "rrule": "FREQ=DAILY",
                "timezone": "Europe/Paris",
            },
        ),
    ],
)
def test_schedules(origin_site, publish_all, schedule, published):
    add(schedule=schedule)
    publish_all()
    assert one("Offer").get("schedule") == published


def test_what_of_an_organisation_travels(origin_site, publish_all):
    with database.writing() as session:
        add_organisation(
            session,
            url="http://plain.example",
            territory=[],
            summary="Un exemple.",
            identifiers={"rna": "W751000001", "siret": "no siret", "iban": "FR76"},
        )
    publish_all()
    organisation = one("Organisation")
    assert "url" not in organisation
    assert organisation["identifiers"] == {"rna": "W751000001"}
    assert organisation["territory"] == ["58079"], "the site's own"
    assert organisation["summary"] == "Un exemple."


def test_the_head_is_issued_again_after_half_a_day(origin_site, publish_all):
    publish_all()
    first = head()
    assert (first.seq, first.count) == (0, 0)
    origin_site.clock.advance(timedelta(hours=11))
    publish_all()
    assert head() == first
    origin_site.clock.advance(timedelta(hours=1))
    publish_all()
    assert (head().seq, head().root) == (first.seq, first.root)
    assert head().issued - first.issued == timedelta(hours=12)


def test_tombstones_past_the_horizon_leave_the_root(origin_site, publish_all):
    offer = add()
    publish_all()
    edit(offer, publication="withdrawn")
    publish_all()
    before = head()
    origin_site.clock.advance(timedelta(days=401))
    publish_all()
    assert head().tombstones_from == before.tombstones_from, "the clock may only have jumped"
    origin_site.clock.advance(timedelta(hours=12))
    publish_all()
    after = head()
    assert (after.count, after.tombstones) == (1, 0)
    assert after.seq == before.seq + 1, "one (epoch, seq) has one root"
    assert after.tombstones_from > before.tombstones_from


def test_several_batches(origin_site, publish_all, monkeypatch):

    monkeypatch.setattr(publisher, "BATCH", 2)
    for number in range(1, 4):
        add(number)
    publish_all()
    assert head().count == 6
    with database.reading() as session:
        assert [check.is_equal for check in verification.check_roots(session)] == [True]
        own = session.scalars(select(Own)).one()
        assert own.seq == 6


def test_a_site_without_keys_publishes_nothing(make_site, publish_all):
    site = make_site(plugins=("federation",))
    with runtime.activate(site):
        publish_all()
        assert stored() == []


@pytest.mark.parametrize("is_off", [False, True], ids=["its plugin rests", "it is switched off"])
def test_an_offer_of_a_kind_that_is_gone_leaves_only_when_it_pauses(
    origin_site, publish_all, is_off
):
    offer = add()
    publish_all()
    del origin_site.kinds["canary"]
    if is_off:
        PAUSED.fill({"canary": origin_site.clock.now()}, origin_site)
    edit(offer, verify_by=in_days(80))
    publish_all()
    assert head().tombstones == int(is_off)
