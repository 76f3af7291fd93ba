"""Marks of change: they differ after every commit of others, and only then."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from entraide.database import Database


@pytest.fixture
def opened(database_url):
    found = Database(database_url)
    with found.engine.begin() as connection:
        connection.execute(text("CREATE TABLE words (word TEXT)"))
    yield found
    found.close()


def insert(connection):
    connection.execute(text("INSERT INTO words VALUES ('tea')"))


def test_nothing_written_leaves_the_mark_as_it_is(opened):
    before = opened.change_mark.read()
    with opened.reader.connect() as connection:
        connection.execute(text("SELECT * FROM words"))
    assert opened.change_mark.read() == before


def test_each_commit_moves_the_mark(opened):
    marks = [opened.change_mark.read()]
    for _ in range(3):
        with opened.writer.begin() as connection:
            insert(connection)
        marks.append(opened.change_mark.read())
    assert len(set(marks)) == 4


def test_a_commit_after_a_reading_in_the_middle_moves_it_again(opened):
    with opened.writer.connect() as connection:
        insert(connection)
        before = opened.change_mark.read()
        connection.commit()
    assert opened.change_mark.read() != before


def test_another_process_is_seen_too(opened):
    before = opened.change_mark.read()
    other = Database(opened.url)
    with other.writer.begin() as connection:
        insert(connection)
    other.close()
    assert opened.change_mark.read() != before


def test_a_new_connection_never_repeats_a_mark(opened):
    before = opened.change_mark.read()
    opened.close()
    assert opened.change_mark.read() != before


def test_a_broken_connection_is_told_and_replaced(opened):
    before = opened.change_mark.read()
    opened.change_mark._connection.dbapi_connection.close()
    # Each driver has its own words for it.
    with pytest.raises(Exception, match="closed"):
        opened.change_mark.read()
    assert opened.change_mark.read() != before
