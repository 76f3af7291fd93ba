"""One session per action: reading stays reading, writing commits or rolls back, faults have words."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from entraide import audit, database, runtime
from entraide.audit import AuditEntry
from entraide.database import engine
from entraide.database.sessions import after_commit, current_session, explained, meaning_of
from entraide.errors import Busy, StorageFull


def write(session, action="test.write"):
    audit.record(session, actor=None, action=action, subject="x")
    session.flush()


def write_and_fail(session, act=lambda: None):
    write(session)
    after_commit(session, act)
    raise ZeroDivisionError


def count():
    with database.reading() as session:
        return session.scalar(select(func.count(AuditEntry.id)))


def test_no_session_outside_an_action(site):
    assert current_session() is None
    with pytest.raises(LookupError, match="no transaction is open"):
        database.session()


@pytest.mark.parametrize("mode", [database.reading, database.writing])
def test_session_of_the_running_action(site, mode):
    with mode() as session:
        assert database.session() is session
        with database.reading() as inner:
            assert database.session() is inner
        assert database.session() is session
    assert current_session() is None


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO directory_listing_removed (uid, removed_at) VALUES ('x', '2026-01-01')",
        "DELETE FROM members_member",
        "DROP TABLE members_role",
        "CREATE TABLE probe (a int)",
    ],
)
def test_a_write_while_reading_fails(site, statement):
    with pytest.raises(DBAPIError, match=r"read-?only"), database.reading() as session:
        session.execute(text(statement))


def test_reading_leaves_nothing_behind_for_the_next_writer(site):
    with database.reading():
        pass
    with database.writing() as session:
        write(session)
    assert count() == 1


def test_writing_commits_and_an_exception_rolls_back(site):
    with database.writing() as session:
        write(session)
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        write_and_fail(session)
    assert count() == 1


def test_a_note_survives_the_reading_around_it(site):
    with database.reading() as session:
        session.execute(text("SELECT 1"))
        with database.note() as own:
            write(own, "note.read")
    assert count() == 1


def test_after_commit_runs_once_and_a_rollback_forgets_it(site):
    done = []

    def act():
        done.append(count())

    with database.writing() as session:
        write(session)
        after_commit(session, act)
        after_commit(session, act)
        assert done == []
    assert done == [1]
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        write_and_fail(session, act)
    assert done == [1]


def test_two_writers_that_read_first_wait_for_each_other(site):
    """A deferred read-then-write would fail at once on SQLite, in spite of the busy timeout."""
    both_there = threading.Barrier(2)
    failures = []

    def add():
        both_there.wait()
        try:
            with runtime.activate(site), database.writing() as session:
                seen = session.scalar(select(func.count(AuditEntry.id)))
                write(session, f"test.{seen}")
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    assert count() == 2


def test_a_long_writer_makes_the_next_one_busy_and_readers_go_on(make_site, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.05)
    with runtime.activate(make_site()), database.writing() as first:
        write(first)
        holder = current_session()
        with pytest.raises(Busy, match="try again"), database.writing() as second:
            write(second)
        assert count() == 0
        assert current_session() is holder
    with runtime.activate(make_site()):
        assert count() == 1


def test_a_full_disk_has_words_and_reading_goes_on(make_site):
    with runtime.activate(make_site()) as site:
        with site.database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StorageFull, match="nothing was saved"), database.writing() as session:
            write(session, "x" * 100_000)
        assert count() == 0


class _Original(Exception):
    pass


@pytest.mark.parametrize(
    ("words", "is_invalidated", "meaning"),
    [
        ("database is locked", False, Busy),
        ("deadlock detected", False, Busy),
        ("could not serialize access due to concurrent update", False, Busy),
        ("sorry, too many clients already", False, Busy),
        ("terminating connection due to administrator command", False, Busy),
        ("connection to server at 127.0.0.1 failed: Connection refused", False, Busy),
        ("consuming input failed", True, Busy),
        ("database or disk is full", False, StorageFull),
        ("could not extend file: No space left on device", False, StorageFull),
        ("no such table: tea", False, None),
    ],
)
def test_meaning_of_operational_errors(words, is_invalidated, meaning):
    error = OperationalError(
        "SELECT 1", {}, _Original(words), connection_invalidated=is_invalidated
    )
    found = meaning_of(error)
    assert (type(found) if found else None) is meaning
    with pytest.raises(meaning or OperationalError), explained():
        raise error


def test_a_mistake_of_ours_stays_what_it_is(site):
    with pytest.raises(DBAPIError, match="no_such_column"), database.writing() as session:
        session.execute(text("SELECT no_such_column FROM members_member"))
