"""Column declarations: classified, times in UTC, values that survive both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapped

import entraide
from entraide import database, runtime
from entraide.classification import Marking
from entraide.database import encryption
from entraide.directory.listing.models import Listing
from entraide.errors import DatabaseError
from entraide.members.models import Member
from entraide.plugins import check
from entraide.plugins.loading import BUILT_IN
from entraide.testing import START, add_member

CANARY = "canari-4711"


def test_every_column_of_the_core_is_classified(make_site):
    make_site()
    owned = database.tables_of("entraide")
    assert len(owned) > 15
    assert check.unclassified(owned) == []
    assert BUILT_IN[0] == "entraide.members"


def test_personal_refuses_what_contradicts_itself():
    with pytest.raises(ValueError, match="needs purpose="):
        database.personal("health")
    with pytest.raises(ValueError, match="may not be public"):
        database.personal("child", audience="public", purpose="help")


def test_subject_names_another_table_with_an_ondelete():
    column = database.subject(Member.id, role="author", ondelete="SET NULL").column
    assert column.info["mark"] == Marking("subject", role="author")
    assert next(iter(column.foreign_keys)).ondelete == "SET NULL"
    assert database.subject().column.foreign_keys == set()


def test_encrypted_only_when_the_mark_demands_it():
    kinds = {
        category: type(database.personal(category, purpose="help").column.type).__name__
        for category in ("identity", "contact", "health", "technical")
    }
    assert kinds == {
        "identity": "Encrypted",
        "contact": "Encrypted",
        "health": "Encrypted",
        "technical": "NullType",
    }


def test_the_classes_of_a_distribution_stand_in_a_registry_of_their_own():
    class Cup(entraide.Model):
        __tablename__ = "test_columns_cup"
        id: Mapped[UUID] = database.neutral(primary_key=True)
        filled_at: Mapped[datetime] = database.neutral()

    try:
        assert Cup.__table__ in database.metadata.tables.values()
        assert type(Cup.__table__.c.filled_at.type).__name__ == "UtcDateTime"
        assert database.tables_of(__name__) == [Cup.__table__]
        assert Cup.registry is not database.Model.registry is Member.registry
    finally:
        database.forget_models(__name__)
    assert "test_columns_cup" not in database.metadata.tables


@pytest.mark.parametrize("offset", [0, 2, -11])
def test_times_come_back_in_utc(site, session, offset):
    local = START.astimezone(timezone(timedelta(hours=offset)))
    member = add_member(session)
    member.last_seen_at = local
    session.flush()
    session.expire(member)
    assert member.last_seen_at == START
    assert member.last_seen_at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(site, session):
    member = add_member(session)
    member.last_seen_at = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the mistake
    with pytest.raises(StatementError, match="has no zone"):
        session.flush()


def test_empty_time_stays_empty(site, session):
    member = add_member(session)
    session.expire(member)
    assert member.last_seen_at is None


def test_json_none_is_null(site, session):
    session.add(
        Listing(
            uid="x",
            type="offer",
            title="T",
            summary="",
            territory=["58079"],
            lang="fr",
            created_at=START,
            updated_at=START,
            verify_by=date(2027, 1, 1),
            payload=None,
        )
    )
    session.flush()
    found = session.execute(
        text("SELECT count(*) FROM directory_listing WHERE payload IS NULL")
    ).scalar()
    assert found == 1
    assert session.scalar(select(Listing.verify_by)) == date(2027, 1, 1)


def test_encrypted_value_is_unreadable_where_it_is_stored(site, session):
    add_member(session).email = f"{CANARY}@example.org"
    session.commit()
    stored = session.execute(text("SELECT email FROM members_member")).scalar()
    assert bytes(stored)[:1] == encryption.VERSION
    assert CANARY.encode() not in bytes(stored)
    assert session.scalars(select(Member.email)).one() == f"{CANARY}@example.org"


def test_no_canary_in_the_files_of_sqlite(make_site, tmp_path):
    with runtime.activate(make_site()) as site:
        with database.writing() as session:
            add_member(session).email = f"{CANARY}@example.org"
        site.database.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.startswith("test.sqlite") for path in files)
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("value", ["text", "", 7, {"a": [1, None]}, ["é"], True])
def test_any_json_value_is_encrypted_and_differs_each_time(site, value):
    first, second = (encryption.encrypt(value, "t.c") for _ in range(2))
    assert first != second
    assert encryption.decrypt(first, "t.c") == value


def test_value_moved_to_another_column_is_refused(site):
    stored = encryption.encrypt("secret", "members_member.email")
    with pytest.raises(DatabaseError, match=r"members_member\.display_name cannot be decrypted"):
        encryption.decrypt(stored, "members_member.display_name")


def test_value_moved_in_the_database_is_refused(site, session):
    add_member(session)
    session.execute(
        text(
            "INSERT INTO members_login_link (digest, email, email_index, asked_from, next_path,"
            " created_at, expires_at) SELECT 'd', email, 'i', '', '/', created_at, created_at FROM members_member"
        )
    )
    from entraide.members.models import LoginLink

    with pytest.raises(DatabaseError, match=r"members_login_link\.email"):
        session.scalars(select(LoginLink)).all()


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x01short", b"\x02" + bytes(40)])
def test_damaged_value_is_a_database_error(site, broken):
    with pytest.raises(DatabaseError, match="cannot be decrypted"):
        encryption.decrypt(broken, "t.c")


def test_wrong_key_says_which_file_to_put_back(site):
    stored = encryption.encrypt("secret", "t.c")
    site.database.column_key = b"\1" * 32
    with pytest.raises(DatabaseError, match=r"secret\.key in the state folder is not the key"):
        encryption.decrypt(stored, "t.c")


def test_blind_index_is_stable_keyed_and_not_the_value(site):
    first = database.blind_index("parent3@example.org")
    assert first == database.blind_index("parent3@example.org")
    assert first != database.blind_index("parent4@example.org")
    assert "parent3" not in first
    site.database.column_key = b"\1" * 32
    assert first != database.blind_index("parent3@example.org")


def test_empty_encrypted_value_stays_null():
    column = encryption.Encrypted()
    assert column.process_bind_param(None, None) is None
    assert column.process_result_value(None, None) is None
    assert isinstance(uuid4(), UUID)
