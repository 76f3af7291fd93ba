"""The seam table: what is stored in bulk reads back as it was given, on both engines."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update

from entraide import database
from entraide.directory.listing.models import Listing, ListingRemoved, ListingRow
from entraide.directory.listing.own_rows import SHARED
from entraide.directory.listing.store import COLUMNS, remove_listings, store_listings
from entraide.directory.models import Offer

FULL = ListingRow(
    uid="https://peer.example/federation/o/1",
    type="offer",
    origin="https://peer.example",
    kind="tutoring",
    title="L'été à Clamecy – 5 €",
    summary="« Œuvres »\n👩‍👧",
    seats=3,
    organisation={"id": "https://peer.example/federation/o/2", "name": "Association Exemple"},
    territory=["58079", "2A004"],
    schedule={"starts": "2026-12-01T18:00:00Z", "timezone": "UTC"},
    payload={"levels": ["6e"], "in_group": True},
    lang="fr",
    contact_url="https://peer.example/a",
    created_at=datetime(2026, 11, 1, 8, 30, 0, 120, tzinfo=UTC),
    verified_on=date(2026, 11, 2),
    updated_at=datetime(2026, 11, 3, 9, tzinfo=timezone(timedelta(hours=1))),
    verify_by=date(2027, 1, 1),
)
EMPTY: ListingRow = FULL | {
    "uid": "https://peer.example/federation/o/3",
    "origin": None,
    "kind": None,
    "seats": None,
    "organisation": None,
    "schedule": None,
    "payload": None,
    "contact_url": None,
    "summary": "",
    "verified_on": None,
    "verify_by": None,
    "territory": [],
}


def stored(uid):
    with database.reading() as session:
        return session.get(Listing, uid)


@pytest.mark.parametrize("row", [FULL, EMPTY], ids=["full", "empty"])
def test_a_row_reads_back_as_it_was_given(site, row):
    with database.writing() as session:
        store_listings(session, [row])
    found = stored(row["uid"])
    assert {name: getattr(found, name) for name in COLUMNS} == dict.fromkeys(COLUMNS) | row
    assert found.position is None


def test_a_row_says_what_the_table_holds_and_leaves_out_what_is_null(site):
    assert {*ListingRow.__annotations__} == {*COLUMNS}
    given = {name: value for name, value in EMPTY.items() if value is not None}
    with database.writing() as session:
        store_listings(session, [given])
    found = stored(EMPTY["uid"])
    assert {name: getattr(found, name) for name in COLUMNS} == dict.fromkeys(COLUMNS) | EMPTY


def test_what_a_row_repeats_of_its_offer_is_marked_public():
    marks = [Offer.__table__.columns[name].info["mark"] for name in SHARED]
    assert [mark for mark in marks if mark.kind != "neutral" and mark.audience != "public"] == []
    assert {"title", "summary", "seats", "schedule"} < {*SHARED}


def test_storing_again_replaces_and_takes_the_position_away(site):
    with database.writing() as session:
        store_listings(session, [FULL])
        session.execute(update(Listing).values(position=7))
    with database.writing() as session:
        store_listings(session, [FULL | {"title": "Autre", "organisation": None}])
    found = stored(FULL["uid"])
    assert (found.title, found.organisation, found.position) == ("Autre", None, None)


def test_rows_of_models_and_of_bulk_look_the_same_to_the_database(site):
    with database.writing() as session:
        session.add(Listing(**FULL))
        session.flush()
        twin = FULL | {"uid": "https://peer.example/federation/o/9"}
        store_listings(session, [twin])
        statement = "SELECT * FROM directory_listing ORDER BY uid"
        rows = session.connection().exec_driver_sql(statement)
        first, second = (dict(row._mapping) for row in rows)
    assert first | {"uid": ""} == second | {"uid": ""}


def test_many_rows_pass_in_batches_and_none_is_nothing(site):
    rows = [FULL | {"uid": f"https://peer.example/federation/o/{number}"} for number in range(2500)]
    with database.writing() as session:
        store_listings(session, [])
        store_listings(session, rows)
        assert len(session.scalars(select(Listing.uid)).all()) == 2500


def test_removed_rows_leave_a_note_for_the_index(site):
    with database.writing() as session:
        store_listings(session, [FULL])
        remove_listings(session, [FULL["uid"], "https://peer.example/federation/o/unknown"])
        remove_listings(session, [FULL["uid"]])
        assert session.scalars(select(Listing)).all() == []
        assert FULL["uid"] in session.scalars(select(ListingRemoved.uid)).all()
