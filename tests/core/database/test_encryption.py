"""What families write freely is encrypted: when written, and what older releases left in clear."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import Text, make_url, text

from entraide import app as apps
from entraide import database, runtime
from entraide.classification import Marking
from entraide.database import Database, encryption, metadata, migrations
from entraide.database.engine import OPTIONS
from entraide.errors import DatabaseError
from entraide.help_requests.models import Answer, HelpRequest
from entraide.members.models import Member
from entraide.plugins import check
from entraide.preparing import prepare
from entraide.testing import add_answer, add_member, add_request

CORE = migrations.distribution("entraide", "entraide")
KEY = b"k" * 32
MANY = 1100
"""People: more than two batches."""


def files_of(url):
    """Return what somebody finds who steals the files of a SQLite database."""
    path = Path(make_url(url).database)
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def dump_of(url):
    """Return every value of every table, as the database itself shows them."""
    engine = sa.create_engine(url, **OPTIONS)
    with engine.connect() as connection:
        names = sa.inspect(engine).get_table_names()
        rows = [
            tuple(row)
            for name in names
            for row in connection.execute(sa.select(text("*")).select_from(sa.table(name)))
        ]
    engine.dispose()
    return repr(
        [[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in rows]
    )


def test_a_stolen_database_shows_no_words_of_a_family(make_site, database_url):
    site = make_site(url=database_url, plugins=("tutoring", "sponsorship"))
    with runtime.activate(site), database.writing() as session:
        parent = add_member(session, 1, "parent")
        parent.display_name = "Canari Nom"
        helper = add_member(session, 2, "volunteer")
        payload = {"levels": ["canari-niveau"], "goals": "canari-but", "language": "canari-langue"}
        request = add_request(
            session,
            kind="tutoring",
            actor=parent,
            title="canari-titre",
            summary="canari-texte",
            payload=payload,
        )
        add_answer(session, request=request, actor=helper, message="canari-message")
    found = dump_of(database_url)
    assert str(request.id).replace("-", "") in found.replace("-", "")
    assert not re.search("canari", found, re.IGNORECASE)
    if database_url.startswith("sqlite"):
        assert not re.search(rb"(?i)canari", files_of(database_url))


def test_every_column_whose_mark_demands_it_is_encrypted(make_site):
    make_site(plugins=("federation",))
    assert check.uncovered(metadata.tables.values()) == []
    loose = sa.Table(
        "box_note",
        sa.MetaData(),
        sa.Column("words", Text, info={"mark": Marking("personal", "staff", "free_text")}),
    )
    (sentence,) = check.uncovered([loose], "box")
    assert sentence.startswith("Plugin box: box_note.words would be stored in clear")


@pytest.fixture
def old(database_url):
    """Give a database as the release before left it: five people, a request and an answer each."""
    opened = Database(database_url, KEY)
    migrations.upgrade(opened, CORE, "0004")
    with opened.writer.begin() as connection:
        for number in range(5):
            insert(connection, number)
    yield opened
    opened.close()


def insert(connection, number):
    tables = sa.MetaData()
    tables.reflect(connection)
    member, request = member_of(connection, number), new_key(connection)
    add(connection, tables, "members_member", member)
    now = member["created_at"]
    add(
        connection,
        tables,
        "help_requests_request",
        {
            "id": request,
            "member_id": member["id"],
            "kind": "tutoring",
            "title": f"canari-titre-{number}",
            "summary": "canari-é" * 200,
            "territory": ["58079"],
            "payload": {"levels": ["canari"], "number": number},
            "state": "open",
            "verify_by": now.date(),
            "created_at": now,
            "updated_at": now,
        },
    )
    add(
        connection,
        tables,
        "help_requests_answer",
        {
            "id": new_key(connection),
            "request_id": request,
            "member_id": member["id"],
            "message": encryption.encrypt("Bonjour", "help_requests_answer.message", KEY),
            "state": "sent",
            "created_at": now,
            "updated_at": now,
        },
    )


def member_of(connection, number):
    address = encryption.encrypt(f"p{number}@example.org", "members_member.email", KEY)
    return {
        "id": new_key(connection),
        "email": address,
        "email_index": str(number),
        "display_name": f"canari-nom-{number}",
        "language": "fr",
        "created_at": datetime(2026, 11, 1, tzinfo=UTC),
    }


def new_key(connection):
    return uuid4().hex if connection.dialect.name == "sqlite" else uuid4()


def add(connection, tables, name, values):
    connection.execute(sa.insert(tables.tables[name]).values(values))


@pytest.fixture
def reading(make_site, database_url):
    """Give a function that reads the words through the models of this release."""
    site = make_site(name="reader")

    def words():
        site.database.close()
        site.database = Database(database_url, KEY)
        with runtime.activate(site), database.reading() as session:
            rows = session.scalars(sa.select(HelpRequest).order_by(HelpRequest.title)).all()
            rows = sorted(rows, key=lambda row: row.title)
            names = sorted(one.display_name for one in session.scalars(sa.select(Member)))
            return (
                [(row.title, row.summary, row.payload) for row in rows],
                names,
                len(session.scalars(sa.select(Answer)).all()),
            )

    return words


EXPECTED = (
    [
        (f"canari-titre-{n}", "canari-é" * 200, {"levels": ["canari"], "number": n})
        for n in range(5)
    ],
    [f"canari-nom-{n}" for n in range(5)],
    5,
)


def test_an_upgrade_encrypts_what_is_there_and_leaves_no_trace(old, database_url, reading):
    assert "canari" in dump_of(database_url)
    with old.writer.begin() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        for number in range(5, MANY):
            add(connection, tables, "members_member", member_of(connection, number))
    migrations.upgrade(old, CORE)
    old.checkpoint(empties=True)
    assert "canari" not in dump_of(database_url)
    if old.is_sqlite:
        assert b"canari" not in files_of(database_url)
    rows, names, count = reading()
    assert (rows, count) == (EXPECTED[0], 5)
    assert names == sorted(f"canari-nom-{number}" for number in range(MANY))


def test_a_downgrade_gives_the_words_back(old, database_url, reading):
    migrations.upgrade(old, CORE)
    migrations.downgrade(old, CORE, "0004")
    rows = dump_of(database_url)
    assert all(f"canari-titre-{number}" in rows for number in range(5))
    with old.reader.connect() as connection:
        payloads = connection.execute(text("SELECT payload FROM help_requests_request")).scalars()
        plain = [json.loads(one) if isinstance(one, str) else one for one in payloads]
    assert sorted(one["number"] for one in plain) == list(range(5))
    migrations.upgrade(old, CORE)
    assert reading() == EXPECTED


def test_an_upgrade_with_another_key_changes_nothing(old, database_url, reading):
    wrong = Database(database_url, b"x" * 32)
    with pytest.raises(DatabaseError, match=r"secret\.key"):
        migrations.upgrade(wrong, CORE)
    wrong.close()
    assert "canari-titre-4" in dump_of(database_url)
    migrations.upgrade(old, CORE)
    assert reading() == EXPECTED


def test_an_upgrade_without_the_secret_leaves_no_wrong_one(
    old, database_url, make_site, monkeypatch
):
    folder = make_site(name="lost").settings.folder
    secret = make_site(name="lost").settings.secret_file
    secret.unlink()
    monkeypatch.setenv("ENTRAIDE_DATABASE_URL", database_url)
    with pytest.raises(DatabaseError, match=r"secret\.key"):
        prepare(folder)
    assert not secret.exists()
    assert "canari-titre-4" in dump_of(database_url)


def test_an_upgrade_that_is_cut_short_is_taken_up_again(old, database_url, reading, monkeypatch):
    real, calls = encryption.encrypt, []

    def fail_late(value, **options):
        calls.append(value)
        if len(calls) > 12:
            raise MemoryError
        return real(value, **options)

    with monkeypatch.context() as patched:
        patched.setattr(encryption, "encrypt", fail_late)
        with pytest.raises(MemoryError):
            migrations.upgrade(old, CORE)
    assert "canari-titre-0" in dump_of(database_url)
    migrations.upgrade(old, CORE)
    assert reading() == EXPECTED


def test_a_site_that_is_migrated_forgets_the_log(make_site, tmp_path):
    site = make_site()
    apps.migrate(site)
    log = Path(f"{make_url(site.database.url).database}-wal")
    assert not log.exists() or log.stat().st_size == 0
