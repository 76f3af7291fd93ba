"""What a row shows to whom it is about: their own words, of others the role, of notes a notice."""

from __future__ import annotations

from uuid import UUID

import pytest

from entraide.privacy.archive import Archive
from entraide.privacy.redaction import SEALED, Notice, redact

OWN, OTHER = UUID(int=1), UUID(int=2)


def archive_of(owner="person", **columns):
    described = {
        name: {"kind": "personal", "audience": "staff", "category": "free_text"} | mark
        for name, mark in columns.items()
    }
    return Archive(None, {"box": {"owner": owner, "columns": described}}, {}, {})


PERSON = {"kind": "subject", "role": "person"}
AUTHOR = {"kind": "subject", "role": "author"}
BOX = archive_of(
    person=PERSON,
    author=AUTHOR,
    words={},
    note={"audience": "sealed"},
    helper={"role": "helper", "category": "technical"},
    count={"kind": "neutral"},
)


def read(row, identifier=OWN, archive=BOX):
    return redact(archive, "box", row, identifier)


def test_an_owner_reads_their_own_words_and_nobody_elses_key():
    row = {"person": OWN, "author": OTHER, "words": "a", "note": "b", "count": 3}
    assert read(row) == {
        "person": OWN,
        "author": {"role": "author"},
        "words": "a",
        "note": {"sealed": "ask your association"},
        "count": 3,
    }


def test_who_is_only_named_reads_of_the_owner_that_there_is_something():
    row = {"person": OTHER, "author": OWN, "words": "a", "note": "b", "count": 3}
    assert read(row) == {
        "person": {"role": "person"},
        "author": OWN,
        "words": {"withheld": "person"},
        "note": {"withheld": "person"},
        "count": 3,
    }


@pytest.mark.parametrize("name", ["person", "author", "words", "note", "helper", "count"])
@pytest.mark.parametrize("owner", [OWN, OTHER])
def test_nothing_stays_nothing(name, owner):
    assert read({"person": owner, name: None})[name] is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (str(OWN), str(OWN)),
        (str(OTHER), {"role": "helper"}),
        ("command line", "command line"),
        ("", ""),
        (f"{OTHER} ", f"{OTHER} "),
        (OTHER.hex, OTHER.hex),
    ],
)
def test_a_column_with_a_role_hides_keys_and_leaves_words(value, shown):
    assert read({"person": OWN, "helper": value})["helper"] == shown


def test_a_role_hides_a_key_of_somebody_else_before_the_row_is_withheld():
    shown = read({"person": OTHER, "helper": str(OTHER), "words": "a"})
    assert shown["helper"] == {"role": "helper"}
    assert shown["words"] == {"withheld": "person"}


def test_a_table_without_an_owner_is_of_whom_it_names():
    archive = archive_of(owner="", address={"category": "contact"}, note={"audience": "sealed"})
    assert read({"address": "a@example.org", "note": "b"}, archive=archive) == {
        "address": "a@example.org",
        "note": SEALED,
    }


def test_an_owner_whose_column_is_gone_is_not_taken_for_the_reader():
    assert read({"words": "a"}) == {"words": {"withheld": "person"}}


@pytest.mark.parametrize("value", [0, False, "", [], {}, 0.0])
def test_what_is_empty_but_there_is_given(value):
    assert read({"person": OWN, "words": value})["words"] == value


def test_a_notice_is_told_from_what_somebody_wrote():
    written = {"sealed": "ask your association"}
    shown = read({"person": OWN, "words": written, "note": written})
    assert isinstance(shown["note"], Notice)
    assert not isinstance(shown["words"], Notice)
    assert shown["words"] == shown["note"]


def test_the_row_that_was_read_stays_as_it_was():
    row = {"person": OTHER, "words": "a"}
    read(row)
    assert row == {"person": OTHER, "words": "a"}
