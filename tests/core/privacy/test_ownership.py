"""Whose rows: by key, through foreign keys, by address; never those of whoever is named alike."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, Uuid, insert

from entraide.classification import Marking
from entraide.database import Encrypted, blind_index
from entraide.ids import new_id
from entraide.privacy import ownership, snapshot
from entraide.privacy.archive import open_archive
from entraide.testing import add_member

from .conftest import CHILD, LOG, MAIL, NEUTRAL, NOTE, POST, SHARED


@pytest.fixture
def archive(session, people):
    return open_archive(session)


@pytest.fixture
def person(archive, people):
    """Give a function that returns one of the two as an export knows them."""
    return lambda name: ownership.find_person(archive, people[name].id)


def rows(archive, table, person):
    return list(ownership.rows_about(archive, table.name, person))


def test_a_person_is_known_by_key_addresses_and_their_blind_indexes(archive, people, person):
    member = people["A"]
    assert person("A").identifier == member.id
    expected = {str(member.id), member.email, blind_index(member.email)}
    assert expected <= person("A").names
    assert not person("A").names & person("B").names


def test_nobody_is_nobody(archive):
    assert ownership.find_person(archive, new_id()) is None
    assert ownership.find_identifier(archive, "nobody@example.org") is None
    assert ownership.find_identifier(archive, "") is None


@pytest.mark.parametrize("spell", [str, str.upper, str.title, lambda email: f"  {email}\n"])
def test_an_address_is_found_however_it_is_spelled(archive, people, spell):
    for member in people.values():
        assert ownership.find_identifier(archive, spell(member.email)) == member.id


@pytest.mark.parametrize(
    "spoil", [lambda email: f"x{email}", lambda email: email[1:], lambda email: f"{email}.fr"]
)
def test_an_address_that_is_only_alike_is_nobodys(archive, people, spoil):
    assert ownership.find_identifier(archive, spoil(people["A"].email)) is None


@pytest.mark.parametrize(
    ("table", "count"),
    [(NOTE, 2), (POST, 1), (CHILD, 1), (MAIL, 1), (LOG, 1), (SHARED, 0), (NEUTRAL, 0)],
)
def test_each_has_as_many_rows_as_name_them(archive, person, table, count):
    for name in "AB":
        found = rows(archive, table, person(name))
        assert len(found) == count
        assert not [row for row in found if f"canari-body-{'AB'.replace(name, '')}" in str(row)]


@pytest.mark.parametrize(
    ("table", "is_about", "is_reachable"),
    [
        (NOTE, True, True),
        (POST, True, True),
        (CHILD, True, True),
        (MAIL, True, True),
        (LOG, True, True),
        (SHARED, True, False),
        (NEUTRAL, False, False),
    ],
)
def test_tables_about_people_are_told_from_those_that_cannot_be_searched(
    archive, table, is_about, is_reachable
):
    assert ownership.is_about_people(archive, table.name) is is_about
    assert ownership.is_reachable(archive, table.name) is is_reachable


def marked(name, kind, mark, *keys, **options):
    return Column(name, kind, *keys, info={"mark": mark}, **options)


NEUTRAL_MARK = Marking("neutral")
TEXT = Marking("personal", "staff", "technical")
CONTACT = Marking("personal", "staff", "contact", purpose="essai")


@pytest.fixture
def add_table(session, people):
    """Give a function that makes a table, describes it and returns the archive with it."""

    def add(table, *values):
        table.metadata.create_all(session.connection())
        snapshot.take(session, table.metadata.tables.values(), {})
        for value in values:
            session.execute(insert(table).values(value))
        return open_archive(session)

    return add


@pytest.mark.parametrize("spell", [str, str.upper, lambda name: f" {name} "])
@pytest.mark.parametrize("is_encrypted", [True, False])
def test_a_row_without_a_key_names_somebody_by_text_whatever_its_case(
    add_table, people, spell, is_encrypted
):
    column = marked(
        "who", Encrypted() if is_encrypted else Text(), CONTACT if is_encrypted else TEXT
    )
    table = Table("box_names", MetaData(), marked("id", Integer, NEUTRAL_MARK), column)
    names = [spell(people["A"].email), spell(str(people["A"].id)), people["B"].email, None, "A"]
    archive = add_table(table, *({"id": at, "who": name} for at, name in enumerate(names)))
    person = ownership.find_person(archive, people["A"].id)
    assert sorted(row["id"] for row in rows(archive, table, person)) == [0, 1]


def test_an_address_without_an_account_is_known_to_the_journal_by_its_index(add_table, people):
    table = Table("box_index", MetaData(), marked("who", Text, TEXT))
    archive = add_table(table, *({"who": blind_index(one.email)} for one in people.values()))
    person = ownership.find_person(archive, people["B"].id)
    assert rows(archive, table, person) == [{"who": blind_index(people["B"].email)}]


def chain(metadata):
    """Return three tables: a letter of a member, its pages, and words on them."""
    letter = Table(
        "box_letter",
        metadata,
        marked("id", Integer, NEUTRAL_MARK, primary_key=True),
        marked("member_id", Uuid, Marking("subject", role="author")),
    )
    page = Table(
        "box_page",
        metadata,
        marked("id", Integer, NEUTRAL_MARK, primary_key=True),
        marked("letter_id", Integer, NEUTRAL_MARK, ForeignKey(letter.c.id)),
        marked("before_id", Integer, NEUTRAL_MARK, ForeignKey("box_page.id")),
    )
    word = Table(
        "box_word",
        metadata,
        marked("page_id", Integer, NEUTRAL_MARK, ForeignKey(page.c.id)),
        marked("word", Text, TEXT),
    )
    return letter, page, word


def test_details_of_details_follow_their_keys_to_one_person(add_table, session, people):
    letter, page, word = chain(MetaData())
    add_table(word)
    for number, name in enumerate("AB", 1):
        session.execute(insert(letter).values(id=number, member_id=people[name].id))
        session.execute(insert(page).values(id=number * 10, letter_id=number))
        session.execute(insert(word).values(page_id=number * 10, word=f"canari-{name}"))
    archive = open_archive(session)
    for name in "AB":
        person = ownership.find_person(archive, people[name].id)
        assert [row["word"] for row in rows(archive, word, person)] == [f"canari-{name}"]


def test_a_table_whose_parent_is_gone_is_not_guessed_at(add_table, session, people):
    letter, _page, word = chain(MetaData())
    add_table(word, {"page_id": None, "word": str(people["A"].id)})
    for name in ("box_word", "box_page", "box_letter"):
        if name != "box_word":
            session.connection().exec_driver_sql(f"ALTER TABLE {name} RENAME TO gone_{name}")
    archive = open_archive(session)
    assert letter.name not in archive.tables
    person = ownership.find_person(archive, people["A"].id)
    # What is left names somebody by its own text, or nobody.
    assert [row["word"] for row in rows(archive, word, person)] == [str(people["A"].id)]


def test_two_with_one_name_are_two(archive, session, people):
    namesake = add_member(session, 3)
    namesake.display_name = people["A"].display_name
    session.flush()
    again = open_archive(session)
    person = ownership.find_person(again, namesake.id)
    assert {table.name for table in (NOTE, POST, MAIL, LOG) if rows(again, table, person)} == set()
