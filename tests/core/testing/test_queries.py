"""The statements of a block are counted: those that read and those that write, and none after it."""

from __future__ import annotations

from entraide import database
from entraide.members.models import Member
from entraide.testing import add_member, count_queries


def test_statements_are_counted_while_the_block_runs(site):
    with database.writing() as session:
        number = add_member(session).id
    with count_queries() as statements:
        for _again in range(3):
            with database.reading() as session:
                assert session.get(Member, number)
    assert len([words for words in statements if "members_member" in words]) == 3
    assert not any(words.startswith(("BEGIN", "SET")) for words in statements)
    before = len(statements)
    with database.reading() as session:
        assert session.get(Member, number)
    assert len(statements) == before


def test_a_page_is_counted(client):
    with count_queries() as statements:
        assert client.get("/").status_code == 200
    assert statements
