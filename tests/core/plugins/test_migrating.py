"""What is wrong with the tables of one plugin rests that plugin; the site and the others go on."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text

from entraide import app as apps
from entraide import config
from entraide.cli.main import entraide
from entraide.errors import Busy, DatabaseError
from entraide.plugins import migrating
from entraide.testing import browser

from .conftest import KIND

MODELS = """
from entraide import Model, neutral
from sqlalchemy.orm import Mapped
class Cup(Model):
    __tablename__ = "cups_cup"
    id: Mapped[int] = neutral(primary_key=True)
"""
SCRIPT = """
import sqlalchemy as sa
from alembic import op
revision = "{revision}"
down_revision = {down!r}
def upgrade():
    {body}
def downgrade():
    pass
"""
CREATE = 'op.create_table("{0}", sa.Column("id", sa.Integer(), primary_key=True))'
MAKES = CREATE.format("cups_cup")
SECOND = CREATE.format("cups_two")


def script(body=MAKES, revision="0001", down=None):
    return SCRIPT.format(body=body, revision=revision, down=down)


@pytest.fixture
def with_plugins(lenient, make_site, database_url):
    """Give a function that opens, on one database, a site with plugins that nobody migrated."""
    first = make_site(url=database_url)
    opened = []

    def open_again(*plugins):
        folder = first.settings.folder
        words = (folder / "instance.toml").read_text()
        names = ", ".join(f'"{name}"' for name in plugins)
        lines = [
            f"enabled = [{names}]" if "enabled" in line else line for line in words.split("\n")
        ]
        (folder / "instance.toml").write_text("\n".join(lines))
        site = apps.create_site(config.load(folder, {"ENTRAIDE_DATABASE_URL": database_url}))
        opened.append(site)
        return site

    yield open_again
    for site in opened:
        site.database.close()


def check_it_rests(site, *words):
    """The plugin rests for a reason with these words; the site answers, its neighbour runs."""
    for word in ("Plugin cups: ", *words):
        assert word in site.registry.quarantined["cups"]
    client = browser(apps.create_app(site))
    assert client.get("/").status_code == 200
    assert client.get("/cups/").status_code == 503
    assert "other" in site.registry.modules
    assert "tea" not in site.kinds


@pytest.fixture
def neighbour(distribution):
    distribution("other")


def test_a_pending_migration_rests_its_plugin_until_it_is_run(
    with_plugins, distribution, neighbour
):
    distribution("cups", body=KIND, models=MODELS, scripts={"0001.py": script()})
    site = with_plugins("cups", "other")
    apps.check_tables(site)
    check_it_rests(site, "at version none, this code needs 0001", "Run: entraide migrate")
    site = with_plugins("cups", "other")
    assert apps.migrate(site) == []
    apps.check_tables(site)
    assert site.registry.quarantined == {}
    assert "tea" in site.kinds
    assert "0001" in {row for (row,) in versions(site)}


def versions(site):
    with site.database.reader.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version_cups")).all()


def test_tables_newer_than_the_code_rest_their_plugin(with_plugins, distribution, neighbour):
    distribution("cups", body=KIND, models=MODELS, scripts={"0001.py": script()})
    apps.migrate(with_plugins("cups", "other"))
    site = with_plugins("cups", "other")
    with site.database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version_cups SET version_num = '0009'"))
    apps.check_tables(site)
    check_it_rests(site, "version 0009, newer than this code (0001)", "newer release")
    assert "newer than this code" in apps.migrate(with_plugins("cups", "other"))[0]


NO_MIGRATION = [
    ({}, "the table cups_cup is in no migration"),
    ({"0001.py": script("pass")}, "the table cups_cup is in no migration"),
    (
        {"0001.py": script(MAKES.replace('"id"', '"number"'))},
        "the column cups_cup.id is in no migration",
    ),
]


@pytest.mark.parametrize(("scripts", "words"), NO_MIGRATION)
def test_what_no_migration_makes_is_told_when_it_is_loaded(
    with_plugins, distribution, neighbour, scripts, words
):
    distribution("cups", body=KIND, models=MODELS, scripts=scripts)
    site = with_plugins("cups", "other")
    [reason] = apps.migrate(site)
    assert "models.py, line 4: " in reason
    assert words in reason
    site = with_plugins("cups", "other")
    apps.check_tables(site)
    check_it_rests(site, words, "models.py, line 4", "entraide migrate")


FAILING = [
    ("1 / 0", "line 7: ZeroDivisionError: division by zero"),
    ("raise SystemExit(3)", "line 7: SystemExit: 3"),
    ('op.drop_table("cups_absent")', "cups_absent"),
    ("this is no python", "line 7: SyntaxError"),
    ("op.execute(\"INSERT INTO cups_cup VALUES ('x', 2)\")", "0002.py, line 7: "),
    (CREATE.format("mugs_mug"), "line 7: it changes the table mugs_mug"),
    ('op.drop_table("members_member")', "line 7: it changes the table members_member"),
    (
        'op.add_column("members_member", sa.Column("cup", sa.Integer()))',
        "line 7: it changes the table members_member",
    ),
    ('op.execute("DELETE FROM members_member")', "changes the table members_member"),
    (
        "op.execute(\"/* mine */ UPDATE members_member SET language = 'cups_cup'\")",
        "changes the table members_member",
    ),
    (
        'op.execute(sa.text("INSERT INTO members_member SELECT * FROM members_member"))',
        "changes the table members_member",
    ),
    ('op.create_index("cups_ix", "members_member", ["language"])', "the table members_member"),
    ('op.create_index("other_ix", "other_saucer", ["id"])', "the table other_saucer"),
    ('op.execute("COMMIT")', "it ends the transaction"),
    ("op.get_bind().commit()", "it ends the transaction"),
]


@pytest.mark.parametrize(("body", "words"), FAILING)
def test_a_migration_that_fails_rests_its_plugin_and_leaves_nothing(
    with_plugins, distribution, body, words
):
    distribution(
        "cups",
        body=KIND,
        models=MODELS,
        scripts={
            "0001.py": script(),
            "0002.py": script(f"{SECOND}; {body}", "0002", "0001"),
        },
    )
    saucer = CREATE.format("other_saucer")
    distribution("other", scripts={"0001.py": script(saucer)})
    site = with_plugins("other", "cups")
    [reason] = apps.migrate(site)
    assert "Plugin cups: " in reason
    assert "0002.py" in reason
    assert words in reason
    assert "Nothing of this migration was kept" in reason
    assert "run: entraide migrate" in reason
    tables = set(inspect(site.database.engine).get_table_names())
    assert "other_saucer" in tables
    assert not {"cups_cup", "cups_two"} & tables
    indexes = {
        index["name"] for index in inspect(site.database.engine).get_indexes("members_member")
    }
    assert "cups_ix" not in indexes
    site = with_plugins("other", "cups")
    apps.check_tables(site)
    check_it_rests(site)


@pytest.mark.parametrize(
    "scripts", [{"0001.py": "", "a.py": script("pass", "a"), "b.py": script("pass", "b")}]
)
def test_migrations_with_two_ends_rest_their_plugin(with_plugins, distribution, neighbour, scripts):
    folder = distribution("cups", body=KIND, models=MODELS, scripts=scripts)
    [reason] = apps.migrate(with_plugins("cups", "other"))
    assert str(folder) in reason
    site = with_plugins("cups", "other")
    apps.check_tables(site)
    check_it_rests(site, str(folder))


def test_a_plugin_whose_name_begins_like_anothers(with_plugins, distribution):
    distribution("cups", scripts={"0001.py": script(CREATE.format("cups_blue_cup"))})
    distribution("cups_blue", scripts={"0001.py": script(CREATE.format("cups_blue_cup"))})
    site = with_plugins("cups_blue", "cups")
    [reason] = apps.migrate(site)
    assert "Plugin cups: " in reason
    assert "it changes the table cups_blue_cup" in reason


def test_what_needs_a_resting_plugin_rests_too(with_plugins, distribution):
    distribution("cups", body=KIND, models=MODELS, scripts={"0001.py": script()})
    distribution("saucers", 'requires = ["cups"]\n')
    site = with_plugins("cups", "saucers")
    apps.check_tables(site)
    assert "it needs cups" in site.registry.quarantined["saucers"]


def test_a_batch_that_copies_a_table_is_the_plugins_own(with_plugins, distribution):
    body = (
        'op.batch_alter_table("cups_cup", recreate="always").__enter__(); '
        "b = op.batch_alter_table('cups_cup', recreate='always'); c = b.__enter__(); "
        "c.add_column(sa.Column('size', sa.Integer(), server_default='1')); b.__exit__(None, None, None)"
    )
    scripts = {"0001.py": script(), "0002.py": script(body, "0002", "0001")}
    distribution("cups", models=MODELS, scripts=scripts)
    site = with_plugins("cups")
    assert apps.migrate(site) == []
    assert {"id", "size"} == {
        column["name"] for column in inspect(site.database.engine).get_columns("cups_cup")
    }


def test_a_busy_database_is_no_mistake_of_a_plugin(with_plugins, distribution, monkeypatch):
    distribution("cups", body=KIND, models=MODELS, scripts={"0001.py": script()})
    site = with_plugins("cups")
    if site.database.is_sqlite:
        monkeypatch.setattr("entraide.database.engine.BUSY_TIMEOUT_SECONDS", 0)
        with site.database.writer.begin(), pytest.raises(Busy):
            migrating.upgrade(with_plugins("cups").database, "cups", site.registry.modules["cups"])


def test_the_commands_name_what_rests_and_why(
    with_plugins, distribution, neighbour, database_url, monkeypatch
):
    distribution("cups", body=KIND, models=MODELS, scripts={"0001.py": script("1 / 0")})
    folder = with_plugins("cups", "other").settings.folder
    monkeypatch.setenv("ENTRAIDE_DATABASE_URL", database_url)

    def run(*words):
        return CliRunner().invoke(entraide, ["--instance", str(folder), *words])

    answer = run("plugins")
    assert "cups  set aside: Plugin cups: The tables of cups are at version none" in answer.output
    assert "other  enabled" in answer.output
    answer = run("migrate")
    assert "entraide: up to date" in answer.output
    assert "0001.py, line 7: ZeroDivisionError" in str(answer.exception)
    assert answer.exit_code == 1
    answer = run("status")
    assert "plugin cups: set aside: Plugin cups: The tables of cups" in answer.output


def test_the_core_without_tables_still_stops(with_plugins, distribution, make_site, tmp_path):
    distribution("cups")
    site = with_plugins("cups")
    with site.database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version_entraide SET version_num = '0001'"))
    with pytest.raises(DatabaseError, match="The tables of entraide are at version 0001"):
        apps.check_tables(site)
