"""The search index follows the listing: what becomes of a row in search."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from entraide import database
from entraide.database import Database
from entraide.directory.gazetteer import open_gazetteer
from entraide.directory.models import Listing, ListingRemoved
from entraide.directory.search import Follower, SearchIndex, SearchQuery
from entraide.directory.search.source import ListingSource, list_facets
from entraide.runtime import Runtime, activate

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory):
    opened = open_gazetteer(tmp_path_factory.mktemp("gazetteer"))
    yield opened
    opened.close()


@pytest.fixture
def source(database_url, gazetteer):
    """A source over the two empty tables of the seam."""
    opened = Database(database_url)
    for model in (Listing, ListingRemoved):
        model.__table__.create(opened.engine)
    with activate(Runtime(settings=None, database=opened, registry=None)):
        yield ListingSource(gazetteer)
    opened.close()


def add(uid, **values):
    defaults = {
        "type": "offer", "kind": "tutoring", "title": "Aide aux devoirs", "territory": ["93059"],
        "organisation": {"id": "https://a.example/1", "name": "Association Exemple"},
        "payload": {"levels": ["6e", "5e"], "places": 3, "note": "x" * 200},
        "schedule": {"starts": "2026-12-02T23:30:00Z", "ends": None, "timezone": "Europe/Paris"},
        "verify_by": date(2027, 1, 31), "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    with database.writing() as session:
        session.add(Listing(uid=uid, **defaults | values))


def test_a_row_becomes_a_document(source):
    add("a", origin="https://a.example")
    (document,) = source.pending(10)
    assert document.territory == ("93059", "93066")
    assert document.points == ((48.9606, 2.3612),)
    assert (document.starts, document.ends, document.rrule) == (date(2026, 12, 3), None, None)
    assert document.facets == (
        ("tutoring.levels", "6e"), ("tutoring.levels", "5e"), ("tutoring.places", "3"),
    )  # fmt: skip
    assert (document.organisation_id, document.origin, document.revision) == (
        "https://a.example/1", "https://a.example", 1,
    )  # fmt: skip
    assert "Pierrefitte" in document.words


@pytest.mark.parametrize(
    "schedule",
    [
        None,
        {},
        {"starts": "tomorrow"},
        {"starts": 5},
        {"starts": "9999-12-31T23:59:59-12:00"},
        {"starts": "2026-12-02", "timezone": "Mars/Olympus"},
        {"starts": "2026-12-02", "timezone": "../../etc/passwd"},
    ],
)
def test_a_schedule_that_cannot_be_read_counts_as_none(source, schedule):
    add("a", schedule=schedule, payload=None, organisation=None, territory=["99999"])
    (document,) = source.pending(10)
    assert (document.starts, document.points, document.facets) == (None, (), ())


def test_a_rule_that_is_no_text_is_left_out(source):
    add("a", schedule={"starts": "2026-12-02", "rrule": 5})
    (document,) = source.pending(10)
    assert (document.starts, document.rrule) == (date(2026, 12, 2), None)


def test_marked_rows_are_pending_no_more_until_they_change(source):
    add("a")
    add("b")
    documents = source.pending(10)
    with database.writing() as session:
        session.execute(update(Listing).where(Listing.uid == "b").values(revision=2))
    source.mark_indexed(documents)
    assert [document.uid for document in source.pending(10)] == ["b"]
    source.mark_indexed([])


def test_what_came_back_was_not_removed(source):
    add("back")
    with database.writing() as session:
        session.add_all(ListingRemoved(uid=uid, removed_at=NOW) for uid in ("back", "gone"))
    assert source.removed(10) == ["gone"]
    source.mark_removed(["gone"])
    source.mark_removed([])
    assert source.removed(10) == []


def test_everything_comes_in_pages(source, monkeypatch):
    monkeypatch.setattr("entraide.directory.search.source.READ_AT_ONCE", 2)
    for number in range(5):
        add(f"{number}")
    assert [document.uid for document in source.everything()] == list("01234")


def test_rows_are_found_and_leave(source, tmp_path):
    add("a")
    add("b", kind=None, type="organisation", title="Les Copains", verify_by=None)
    follower = Follower(tmp_path / "search", source)
    search = SearchIndex(tmp_path / "search")
    assert follower.step() == 2
    found = search.search(SearchQuery(today=TODAY, text="devoir pierrefite", territory=("93066",)))
    assert (found.uids, found.by_kind) == (["a"], {"tutoring": 1})
    assert search.search(SearchQuery(today=TODAY, type="organisation")).uids == ["b"]
    with database.reading() as session:
        assert set(session.scalars(select(Listing.indexed_revision))) == {1}
    follower.close()


@pytest.mark.parametrize(
    ("payload", "facets"),
    [
        ({}, []),
        ({"age": 6, "ok": True, "none": None, "map": {"a": 1}}, [("k.age", "6"), ("k.ok", "True")]),
        ({"levels": ["6e", ["deep"], 5]}, [("k.levels", "6e"), ("k.levels", "5")]),
    ],
)
def test_facets_are_the_short_values_of_a_payload(payload, facets):
    assert list(list_facets("k", payload)) == facets
