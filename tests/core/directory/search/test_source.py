"""The search index follows the listing: what becomes of a row in search."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from entraide import database, runtime
from entraide.clock import FakeClock
from entraide.database import Database
from entraide.directory.listing import positions
from entraide.directory.listing.models import (
    DescribedKind,
    Listing,
    ListingCounter,
    ListingRemoved,
)
from entraide.directory.listing.store import remove_listings
from entraide.directory.search import Follower, Position, SearchIndex, SearchQuery
from entraide.directory.search.source import ListingSource, list_facets
from entraide.gazetteer.communes import open_gazetteer
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
    """A source over the empty tables of the seam."""
    opened = Database(database_url)
    for model in (Listing, ListingRemoved, ListingCounter, DescribedKind):
        model.__table__.create(opened.engine)
    with activate(Runtime(settings=None, database=opened, registry=None, clock=FakeClock(NOW))):
        yield ListingSource(gazetteer)
    opened.close()


def add(uid, **values):
    defaults = {
        "type": "offer",
        "kind": "tutoring",
        "title": "Aide aux devoirs",
        "territory": ["93059"],
        "organisation": {"id": "https://a.example/1", "name": "Association Exemple"},
        "payload": {"levels": ["6e", "5e"], "places": 3, "note": "x" * 200},
        "schedule": {"starts": "2026-12-02T23:30:00Z", "ends": None, "timezone": "Europe/Paris"},
        "verify_by": date(2027, 1, 31),
        "created_at": NOW,
        "updated_at": NOW,
    }
    with database.writing() as session:
        session.add(Listing(uid=uid, **defaults | values))


def test_a_row_becomes_a_document(source):
    add("a", origin="https://a.example")
    (document,) = all_of(source)
    assert document.territory == ("93059", "93", "93066")
    assert document.points == ((48.9606, 2.3612),)
    assert (document.starts, document.ends, document.rrule) == (date(2026, 12, 3), None, None)
    assert document.facets == (
        ("tutoring.levels", "6e"),
        ("tutoring.levels", "5e"),
        ("tutoring.places", "3"),
    )
    assert (document.organisation_id, document.origin) == (
        "https://a.example/1",
        "https://a.example",
    )
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
    (document,) = all_of(source)
    assert (document.starts, document.points, document.facets) == (None, (), ())


def test_a_rule_that_is_no_text_is_left_out(source):
    add("a", schedule={"starts": "2026-12-02", "rrule": 5})
    (document,) = all_of(source)
    assert (document.starts, document.rrule) == (date(2026, 12, 2), None)


def all_of(source):
    """Return the documents that a new index would follow."""
    start = Position(source.position().epoch, 0)
    return source.changes(start, 10).documents


def uids(changes):
    return [document.uid for document in changes.documents]


def change(uid):
    with database.writing() as session:
        session.execute(update(Listing).where(Listing.uid == uid).values(position=None))


def remove(*gone):
    with database.writing() as session:
        remove_listings(session, gone)


def test_changes_are_followed_once_by_each_reader(source):
    start = source.position()
    add("a")
    add("b")
    first = source.changes(start, 10)
    assert uids(first) == ["a", "b"]
    change("a")
    second = source.changes(first.reach, 10)
    assert uids(second) == ["a"]
    assert uids(source.changes(second.reach, 10)) == []
    assert sorted(uids(source.changes(start, 10))) == ["a", "b"]


def test_changes_come_in_batches_and_none_is_left_out(source):
    reach = source.position()
    for number in range(5):
        add(f"{number}")
    remove("x", "y", "z")
    seen, gone = [], []
    for _ in range(4):
        changes = source.changes(reach, 2)
        reach, seen, gone = changes.reach, seen + uids(changes), gone + list(changes.removed)
    assert (sorted(set(seen)), sorted(set(gone))) == (list("01234"), list("xyz"))
    assert reach == source.position()


def test_what_came_back_stays_and_may_leave_again(source):
    add("a")
    reach = source.position()
    remove("a")
    add("a")
    back = source.changes(reach, 10)
    assert (list(back.removed), uids(back)) == ([], ["a"])
    remove("a")
    left = source.changes(back.reach, 10)
    assert (list(left.removed), uids(left)) == (["a"], [])
    # It comes back and leaves between two looks: nothing is to be done, and nothing goes wrong.
    add("a")
    remove("a")
    assert source.changes(left.reach, 10).documents == []


def test_whoever_was_away_for_too_long_starts_again(source):
    start = source.position()
    remove("a")
    reach = source.changes(start, 10).reach
    runtime.current().clock.advance(positions.KEPT_FOR)
    positions.forget_removals()
    assert list(source.changes(start, 10).removed) == ["a"]
    remove("b")
    runtime.current().clock.advance(timedelta(seconds=1))
    positions.forget_removals()
    assert source.changes(start, 10) is None
    assert list(source.changes(reach, 10).removed) == ["b"]
    positions.forget_removals()


@pytest.mark.parametrize("since", [Position("elsewhere", 0), Position("", 0), "later"])
def test_a_position_of_another_database_is_refused(source, since):
    here = source.position()
    since = Position(here.epoch, here.number + 1) if since == "later" else since
    assert source.changes(since, 10) is None


def test_writers_at_the_same_time_lose_no_change(source):
    """Rows whose transaction ends late get their number late, so that no reader passes them."""
    start = source.position()
    site = runtime.current()

    def write(number):
        with runtime.activate(site):
            add(f"{number}")
            if number % 3 == 0:
                remove(f"{number}")

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(write, number) for number in range(24)]
        reach, seen = start, {}
        while not all(one.done() for one in done) or reach != source.position():
            changes = source.changes(reach, 3)
            reach = changes.reach
            seen |= dict.fromkeys(changes.removed, False) | dict.fromkeys(uids(changes), True)
        for one in done:
            one.result()
    alive = {uid for uid, is_there in seen.items() if is_there}
    assert alive == {f"{number}" for number in range(24) if number % 3}


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
        assert set(session.scalars(select(Listing.position))) == {1, 2}
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
