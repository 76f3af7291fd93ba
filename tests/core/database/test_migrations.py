"""Migrations: up, down and up again, all or nothing, and never onto another release's tables."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from entraide import app as apps
from entraide import database as databases
from entraide.database import Database, migrations
from entraide.database.encryption import encrypt
from entraide.errors import DatabaseError

CORE = migrations.distribution("entraide", "entraide")
SCRIPT = '''
"""{words}"""
import sqlalchemy as sa
from alembic import op
revision = "{revision}"
down_revision = {down}
branch_labels = depends_on = None

def upgrade():
    {up}

def downgrade():
    op.drop_table("probe_{revision}")
'''
TABLE = 'op.create_table("probe_{0}", sa.Column("id", sa.Integer(), primary_key=True))'

SECOND = TABLE.format("two")


@pytest.fixture
def database(database_url):
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def probe(tmp_path):
    """A distribution of two revisions; the second can be given another body."""

    def make(second=SECOND, name="probe"):
        folder = tmp_path / name
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        scripts = [("one", "None", TABLE.format("one")), ("two", '"one"', second)]
        for revision, down, up in scripts:
            content = SCRIPT.format(words=revision, revision=revision, down=down, up=up)
            (folder / "versions" / f"{revision}.py").write_text(content)
        return migrations.Distribution(name, folder)

    return make


def tables(database):
    return set(inspect(database.engine).get_table_names())


def test_core_goes_up_down_and_up_again_without_a_difference(database, make_site):
    make_site()
    for _ in range(2):
        migrations.upgrade(database, CORE)
        migrations.check(database, CORE)
        assert differences(database) == []
        migrations.downgrade(database, CORE)
        assert tables(database) == {"alembic_version_entraide"}


OLD_ROWS = """
INSERT INTO members_member (id, email, email_index, display_name, language, created_at)
VALUES (:id, :blob, 'index', 'Parent Exemple 1', 'fr', :now);
INSERT INTO members_login_link
(digest, email, email_index, asked_from, next_path, created_at, expires_at)
VALUES ('link', :blob, 'index', '', '/', :now, :now);
INSERT INTO members_session (digest, member_id, data, started_from, created_at, seen_at, expires_at)
VALUES ('member', :id, :blob, '', :now, :now, :now);
INSERT INTO members_session (digest, data, started_from, created_at, seen_at, expires_at)
VALUES ('visit', :blob, 'x', :now, :now, :now)
"""


def test_drafts_come_and_go_with_rows_in_the_tables(database, make_site):
    make_site()
    migrations.upgrade(database, CORE, "0004")
    person = uuid4()
    values = {
        "id": person.hex if database.is_sqlite else person,
        "blob": encrypt("parent1@example.org", "members_member.email", database.column_key),
        "now": datetime(2026, 11, 22, tzinfo=UTC),
    }
    with database.writer.begin() as connection:
        for statement in OLD_ROWS.split(";"):
            connection.execute(text(statement), values)
    migrations.upgrade(database, CORE)
    assert differences(database) == []
    with database.reader.connect() as connection:
        kept = connection.execute(text("SELECT digest, visit_id FROM members_session")).all()
        asked = connection.execute(text("SELECT name_asked_at FROM members_member")).scalar()
        assert (kept, asked) == ([("member", None)], None)
    migrations.downgrade(database, CORE, "0004")
    with database.reader.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM members_member")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM members_session")).scalar() == 0
    migrations.upgrade(database, CORE)
    assert differences(database) == []


ROWS_OF_OFFERS = """
INSERT INTO directory_offer (id, kind, title, summary, territory, places, payload, publication,
state, verify_by, decision, reason, revision, created_at, updated_at)
VALUES (:id, 'tutoring', 'Titre', '', '[]', 3, '{}', 'public', '', :day, '', '', 1, :now, :now);
INSERT INTO directory_listing (uid, type, title, summary, territory, places, lang, created_at,
updated_at) VALUES ('uid', 'offer', 'Titre', '', '[]', 0, 'fr', :now, :now)
"""


def test_seats_keep_their_number_up_and_down(database, make_site):
    make_site()
    migrations.upgrade(database, CORE, "0009")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    values = {"id": uuid4().hex, "day": now.date(), "now": now}
    with database.writer.begin() as connection:
        for statement in ROWS_OF_OFFERS.split(";"):
            used = {name: values[name] for name in values if f":{name}" in statement}
            connection.execute(text(statement), used)
    for move, column in (
        (lambda: migrations.upgrade(database, CORE), "seats"),
        (lambda: migrations.downgrade(database, CORE, "0009"), "places"),
        (lambda: migrations.upgrade(database, CORE), "seats"),
    ):
        move()
        with database.reader.connect() as connection:
            kept = [
                connection.execute(text(f"SELECT {column} FROM directory_{table}")).scalar()  # noqa: S608 - our own names
                for table in ("offer", "listing")
            ]
        assert kept == [3, 0]


def differences(database):
    owned = {table.name for table in databases.tables_of("entraide")}

    def is_ours(_object, name, type_, _reflected, _compared):
        return type_ != "table" or name in owned

    options = {"include_object": is_ours, "version_table": "alembic_version_entraide"}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, databases.metadata)


def test_every_distribution_of_a_site_is_migrated(make_site, database_url):
    site = make_site(url=database_url, plugins=("tutoring",))
    assert [one.name for one in apps.distributions(site)] == ["entraide"]
    apps.check_tables(site)
    apps.migrate(site)
    apps.check_tables(site)


def test_step_by_step_and_back(database, probe):
    what = probe()
    migrations.upgrade(database, what, "one")
    assert tables(database) == {"alembic_version_probe", "probe_one"}
    migrations.upgrade(database, what)
    migrations.downgrade(database, what, "one")
    assert "probe_two" not in tables(database)
    migrations.downgrade(database, what)
    assert tables(database) == {"alembic_version_probe"}


def test_each_distribution_has_its_own_version_table(database, probe):
    migrations.upgrade(database, CORE)
    migrations.upgrade(database, probe())
    assert {"alembic_version_entraide", "alembic_version_probe"} <= tables(database)
    migrations.check(database, CORE)
    migrations.check(database, probe())


def test_the_check_does_not_wait_for_a_writer(database, probe):
    migrations.upgrade(database, probe())
    with database.writer.begin() as writer:
        writer.execute(text("INSERT INTO probe_one VALUES (1)"))
        migrations.check(database, probe())


@pytest.mark.parametrize("failure", ["1 / 0", 'op.execute("INSERT INTO probe_nowhere VALUES (1)")'])
def test_a_migration_that_fails_half_way_leaves_nothing(database, probe, failure):
    what = probe(second=f"{TABLE.format('two')}\n    {failure}")
    with pytest.raises((ZeroDivisionError, DBAPIError)):
        migrations.upgrade(database, what)
    assert not tables(database) & {"probe_one", "probe_two"}
    migrations.upgrade(database, probe())
    migrations.check(database, what)


def test_an_empty_database_may_be_the_wrong_one(tmp_path, probe):
    words = pytest.raises(DatabaseError, match=r"put it back first\. Run: entraide migrate$")
    with closing(Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")) as empty, words:
        migrations.check(empty, probe())


def test_older_tables_are_refused_naming_both_versions(database, probe):
    what = probe()
    with pytest.raises(DatabaseError, match=r"at version none, .* needs two\."):
        migrations.check(database, what)
    migrations.upgrade(database, what, "one")
    with pytest.raises(DatabaseError, match=r"at version one, this code needs two"):
        migrations.check(database, what)


def test_newer_tables_are_refused_naming_both_versions(database, probe):
    what = probe()
    migrations.upgrade(database, what)
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version_probe SET version_num = 'three'"))
    with pytest.raises(DatabaseError, match=r"at version three, newer than this code \(two\)"):
        migrations.check(database, what)


def test_migrating_newer_tables_says_so_too(database, probe):
    what = probe()
    migrations.upgrade(database, what)
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version_probe SET version_num = 'three'"))
    with pytest.raises(DatabaseError, match=r"at version three, newer than this code \(two\)"):
        migrations.upgrade(database, what)


def test_two_processes_migrate_at_once(database_url, probe):
    what = probe()
    failures = []
    both_there = threading.Barrier(2)

    def migrate():
        own = Database(database_url)
        both_there.wait()
        try:
            migrations.upgrade(own, what)
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)
        own.close()

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    own = Database(database_url)
    migrations.check(own, what)
    own.close()


def test_packages_without_tables_have_no_distribution():
    assert migrations.distribution("entraide_tutoring", "tutoring") is None
    assert migrations.distribution("entraide_no_such_package", "none") is None
    assert CORE.version_table == "alembic_version_entraide"
