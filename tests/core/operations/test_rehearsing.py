"""An upgrade is rehearsed where nothing stays: the report is that of the real one, which comes later."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, event, inspect, text

from entraide import app as apps
from entraide import config
from entraide.cli.main import entraide
from entraide.database import copying
from entraide.errors import DatabaseError
from entraide.operations import rehearsing
from entraide.operations.rehearsing import NotRehearsed, rehearse
from entraide.operations.words import describe
from entraide.plugins import migrating

HEAD = '"""A probe."""\nfrom entraide import *\nfrom entraide.fields import String\n'
MODELS = """
from entraide import Model, neutral
from sqlalchemy.orm import Mapped
class Cup(Model):
    __tablename__ = "cups_cup"
    id: Mapped[int] = neutral(primary_key=True)
"""
SCRIPT = """
import os, time
import sqlalchemy as sa
from alembic import op
revision = "{revision}"
down_revision = {down!r}
def upgrade():
    {body}
def downgrade():
    pass
"""
MAKES = 'op.create_table("cups_cup", sa.Column("id", sa.Integer(), primary_key=True))'
FILLS = 'op.execute("INSERT INTO cups_cup VALUES (1), (2), (3)")'
SECOND = 'op.create_table("cups_two", sa.Column("id", sa.Integer(), primary_key=True))'


def scripts(*bodies):
    """Return the files of as many migrations as there are bodies."""
    numbers = [f"{number:04}" for number in range(1, len(bodies) + 1)]
    return {
        f"{number}.py": SCRIPT.format(revision=number, down=down, body=body)
        for number, down, body in zip(numbers, [None, *numbers], bodies, strict=False)
    }


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def with_plugins(lenient, make_site, database_url):
    """Give a function that opens, on one database, a site with plugins that nobody migrated."""
    first = make_site(url=database_url)
    opened = []

    def open_again(*plugins):
        folder = first.settings.folder
        lines = (folder / "instance.toml").read_text().split("\n")
        names = ", ".join(f'"{name}"' for name in plugins)
        lines = [f"enabled = [{names}]" if "enabled" in line else line for line in lines]
        (folder / "instance.toml").write_text("\n".join(lines))
        site = apps.create_site(config.load(folder, {"ENTRAIDE_DATABASE_URL": database_url}))
        opened.append(site)
        return site

    yield open_again
    for site in opened:
        site.database.close()


def contents(site):
    """Every table with its columns, indexes and rows."""
    with site.database.engine.connect() as connection:
        inspector = inspect(connection)
        return {
            name: (
                [column["name"] for column in inspector.get_columns(name)],
                sorted(str(index["name"]) for index in inspector.get_indexes(name)),
                sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all())),  # noqa: S608 - our own names
            )
            for name in inspector.get_table_names()
        }


def left(site):
    folder = rehearsing.place_of(site)
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def step_of(result, name):
    [step] = [step for step in result.steps if step.name == name]
    return step


def test_it_says_what_the_upgrade_then_does(with_plugins, distribution):
    distribution("cups", models=MODELS, scripts=scripts(f"{MAKES}; {FILLS}", SECOND))
    site = with_plugins("cups")
    before = contents(site)
    result = rehearse(site)
    assert contents(site) == before
    assert left(site) == []
    assert result.would_pass
    core, cups = result.steps
    assert (core.name, core.before == core.after, core.rows) == ("entraide", True, {})
    assert (cups.before, cups.after) == ("", "0002")
    assert (cups.made, cups.changed, cups.gone) == (("cups_cup", "cups_two"), (), ())
    assert cups.rows == {"cups_cup": 3}
    assert apps.migrate(with_plugins("cups")) == []
    again = rehearse(with_plugins("cups"))
    assert (step_of(again, "cups").before, step_of(again, "cups").after) == ("0002", "0002")
    words = list(describe(again))
    assert "cups: nothing to do (0002)" in words
    assert words[-1] == "It would pass."


def test_tables_that_change_and_go_are_named(with_plugins, distribution):
    distribution("cups", models=MODELS, scripts=scripts(MAKES, SECOND))
    assert apps.migrate(with_plugins("cups")) == []
    body = (
        'op.add_column("cups_cup", sa.Column("size", sa.Integer(), server_default="1")); '
        'op.drop_table("cups_two")'
    )
    distribution("cups", models=MODELS, scripts=scripts(MAKES, SECOND, body))
    step = step_of(rehearse(with_plugins("cups")), "cups")
    assert (step.before, step.after) == ("0002", "0003")
    assert (step.made, step.changed, step.gone) == ((), ("cups_cup",), ("cups_two",))


def test_the_core_is_rehearsed_before_the_plugins_that_need_it(
    with_plugins, distribution, database_url
):
    distribution("cups", models=MODELS, scripts=scripts(MAKES))
    site = with_plugins("cups")
    [core, _cups] = apps.distributions(site)
    apps.migrations.downgrade(site.database, core, "0009")
    before = contents(site)
    result = rehearse(site)
    assert contents(site) == before
    assert result.would_pass
    assert step_of(result, "entraide").before == "0009"
    assert "directory_offer" in step_of(result, "entraide").changed
    assert step_of(result, "cups").after == "0001"


def test_a_core_that_fails_is_told_with_its_place(with_plugins, distribution, monkeypatch):
    site = with_plugins()
    with site.database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version_entraide SET version_num = '9999'"))
    result = rehearse(site)
    assert not result.would_pass
    assert "newer than this code" in result.stops[0]
    assert any("would not start: The tables of entraide" in line for line in describe(result))


FAILING = [
    ("1 / 0", "0002.py, line 8: ZeroDivisionError: division by zero"),
    ('op.drop_table("cups_absent")', "cups_absent"),
    ('op.drop_table("members_member")', "line 8: it changes the table members_member"),
    ('op.execute("COMMIT")', "it ends the transaction"),
    ("op.get_bind().commit()", "it ends the transaction"),
    ("raise SystemExit(3)", "line 8: SystemExit: 3"),
]


@pytest.mark.parametrize(("body", "words"), FAILING)
def test_a_plugin_that_would_fail_is_told_and_the_others_are_seen(
    with_plugins, distribution, body, words
):
    distribution("cups", models=MODELS, scripts=scripts(MAKES, f"{SECOND}; {body}"))
    distribution("other", scripts=scripts(MAKES.replace("cups_cup", "other_saucer")))
    site = with_plugins("cups", "other")
    before = contents(site)
    result = rehearse(site)
    assert contents(site) == before
    assert not result.would_pass
    assert words in step_of(result, "cups").failure
    assert "run: entraide migrate" in step_of(result, "cups").failure
    assert "cups" in result.resting
    assert step_of(result, "other").made == ("other_saucer",)
    assert left(site) == []
    [reason] = apps.migrate(with_plugins("cups", "other"))
    assert words in reason


def test_a_table_in_no_migration_and_a_page_that_fails_are_found(with_plugins, distribution):
    distribution("cups", models=MODELS, scripts=scripts("pass"))
    distribution("other", body="@hookimpl\ndef register_jobs():\n    1 / 0\n")
    result = rehearse(with_plugins("cups", "other"))
    assert "models.py, line 4" in step_of(result, "cups").failure
    assert "division by zero" in result.resting["other"]
    words = list(describe(result))
    assert "cups: would rest" in words
    assert words[-1] == "It would not pass."


PAST = """
@hookimpl
def register_kinds():
    yield Kind("tea", "Tea", Tea, schema_version="1.1", upcasts={{"1.0": grow}})
from marshmallow import Schema
class Tea(Schema):
    leaf = public(String(), label="Leaf")
def grow(values):
    {body}
"""


INSERT = """
INSERT INTO directory_offer (id, kind, title, summary, territory, seats, payload, publication, state,
verify_by, decision, reason, revision, created_at, updated_at) VALUES (:id, 'tea', 'Thé', '', '[]', 1,
'{"leaf": "green"}', 'public', '', '2026-12-01', '', '', 1, '2026-11-22 09:00:00', '2026-11-22 09:00:00')
"""


def add_teas(site, count):
    with site.database.writer.begin() as connection:
        for number in range(count):
            identifier = f"00000000-0000-4000-8000-00000000000{number}"
            is_sqlite = site.database.is_sqlite
            values = {"id": identifier.replace("-", "") if is_sqlite else identifier}
            connection.execute(text(INSERT), values)


@pytest.mark.parametrize(
    ("body", "failures"), [("return values", 0), ("return {'leaf': values['leaves']}", 1)]
)
def test_what_is_stored_is_read_by_the_new_release(
    with_plugins, distribution, monkeypatch, body, failures
):
    distribution("cups", body=PAST.format(body=body))
    site = with_plugins("cups")
    add_teas(site, 3)
    before = contents(site)
    [walk] = rehearse(site).walks
    assert (walk.kind, walk.tried, walk.total) == ("tea", 3, 3)
    assert len(walk.failures) == failures
    monkeypatch.setattr("entraide.operations.payloads.read_payloads.__defaults__", (2,))
    result = rehearse(site)
    assert result.would_pass is (failures == 0)
    words = "\n".join(describe(result))
    assert "kind tea: the oldest 2 of 3 stored offers and requests tried" in words
    assert ("the upcast of kind tea from 1.0 failed: KeyError" in words) is bool(failures)
    assert contents(site) == before


def test_kinds_that_pause_are_named_and_are_no_failure(with_plugins):
    apps.remember_classification(with_plugins("tutoring"))
    result = rehearse(with_plugins())
    assert result.pausing == {"tutoring": "tutoring"}
    assert result.would_pass
    assert "because tutoring is off" in "\n".join(describe(result))


def test_a_kill_at_any_statement_changes_nothing(with_plugins, distribution):
    distribution("cups", models=MODELS, scripts=scripts(f"{MAKES}; {FILLS}", SECOND))
    site = with_plugins("cups")
    before = contents(site)
    for number in range(1000):
        count = iter(range(10_000))

        def die(_connection, _cursor, statement, *_rest, count=count, number=number):
            is_reading = statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN"))
            if not is_reading and next(count) == number:
                raise Killed

        event.listen(Engine, "before_cursor_execute", die)
        try:
            rehearse(site)
            break
        except Killed:
            pass
        finally:
            event.remove(Engine, "before_cursor_execute", die)
        assert contents(site) == before
        assert left(site) == []
    assert number > 4
    assert contents(site) == before


def command(folder, database_url, *words):
    environment = {**os.environ, "ENTRAIDE_DATABASE_URL": database_url}
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("entraide")), "--instance", str(folder), *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_changes_nothing(make_site, database_url, lenient, number):
    file = (
        "import os, signal\nfrom entraide import *\n@hookimpl\ndef register_jobs():\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
    )
    site = make_site(url=database_url, plugins=("cups",), files={"plugins/cups.py": HEAD + file})
    before = contents(site)
    process = command(site.settings.folder, database_url, "migrate", "--rehearse")
    output, _none = process.communicate(timeout=60)
    assert process.returncode == (-number if number == signal.SIGKILL else 130), output
    assert contents(site) == before
    has_copy = site.database.is_sqlite and number == signal.SIGKILL
    assert ("copy.sqlite" in left(site)) is has_copy
    (site.settings.folder / "plugins" / "cups.py").write_text(HEAD)
    assert rehearse(site).steps
    assert left(site) == []


def test_what_a_killed_rehearsal_left_goes_with_the_next_migration(make_site, lenient):
    site = make_site()
    place = rehearsing.place_of(site)
    place.mkdir()
    (place / "copy.sqlite").write_text("left")
    (place / "copy.sqlite-wal").write_text("left")
    with copying._alone(place):
        copying.remove_left(place)
        assert len(left(site)) == 2
    url = {"ENTRAIDE_DATABASE_URL": site.settings.database.url}
    words = ["--instance", str(site.settings.folder), "migrate"]
    assert CliRunner().invoke(entraide, words, env=url).exit_code == 0
    assert left(site) == []


def test_a_copy_needs_room_a_database_and_its_folder_alone(make_site, tmp_path, monkeypatch):
    site = make_site()
    place = rehearsing.place_of(site)
    with copying.copied(site.database, place) as copy:
        file = Path(copy.url.removeprefix("sqlite:///"))
        assert file.stat().st_mode & 0o077 == 0
        with pytest.raises(DatabaseError, match="Another run uses"):
            rehearse(site)
    monkeypatch.setattr(copying, "ROOM", 10**9)
    with pytest.raises(DatabaseError, match=r"MiB must be free .* Make room first"):
        rehearse(site)
    monkeypatch.setattr(copying, "ROOM", 3)
    site.database.close()
    Path(site.settings.database.url.removeprefix("sqlite:///")).unlink()
    with pytest.raises(DatabaseError, match="Run: entraide init"):
        rehearse(site)
    assert left(site) == []


def test_a_disk_that_fills_up_is_told_and_nothing_stays(make_site):
    site = make_site()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (66_000, hard))
    try:
        with pytest.raises(DatabaseError, match=r"cannot be written: .* Make room first"):
            rehearse(site)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left(site) == []
    assert rehearse(site).would_pass


def test_writers_go_on_while_a_copy_is_made(make_site):
    site = make_site()
    with site.database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE cups_cup (id INTEGER)"))
        result = rehearse(site)
    assert result.would_pass


def test_a_site_that_uses_its_tables_is_not_kept_waiting(
    with_plugins, distribution, database_url, monkeypatch
):
    if not database_url.startswith("postgresql"):
        return
    distribution("cups", models=MODELS, scripts=scripts(MAKES))
    assert apps.migrate(with_plugins("cups")) == []
    body = 'op.add_column("cups_cup", sa.Column("size", sa.Integer()))'
    distribution("cups", models=MODELS, scripts=scripts(MAKES, body))
    site = with_plugins("cups")
    monkeypatch.setattr("entraide.database.undone.LOCK_SECONDS", 1)
    with site.database.writer.begin() as connection:
        connection.execute(text("SELECT * FROM cups_cup"))
        with pytest.raises(NotRehearsed, match="the migrations of cups the site is using"):
            rehearse(site)
    assert rehearse(site).would_pass


SLOW = [
    'op.execute("SELECT pg_sleep(30)")',
    'time.sleep(1.2); op.execute("SELECT 1")',
]


@pytest.mark.parametrize("body", SLOW)
def test_tables_are_held_for_a_moment_only(with_plugins, distribution, database_url, body):
    if not database_url.startswith("postgresql"):
        return
    distribution("cups", models=MODELS, scripts=scripts(f"{MAKES}; {body}"))
    site = with_plugins("cups")
    before = contents(site)
    with pytest.raises(NotRehearsed, match="the migrations of cups it takes too long"):
        rehearse(site, seconds=1)
    assert contents(site) == before


def test_reading_what_is_stored_ends_in_time_too(with_plugins, distribution, database_url):
    if not database_url.startswith("postgresql"):
        return
    distribution("cups", body=PAST.format(body="import time; time.sleep(1.2); return values"))
    site = with_plugins("cups")
    add_teas(site, 1)
    with pytest.raises(NotRehearsed, match="it takes too long"):
        rehearse(site, seconds=1)


STOPS = """
@hookimpl
def health():
    yield Health("cups", "The kettle is cold.", stops=True)
"""


def test_what_keeps_a_site_from_starting_is_told(with_plugins, distribution):
    distribution("cups", body=STOPS)
    result = rehearse(with_plugins("cups"))
    assert (result.stops, result.steps) == (["The kettle is cold."], [])
    assert list(describe(result)) == ["would not start: The kettle is cold.", "It would not pass."]


def test_no_migration_runs_beside_it(with_plugins, distribution, database_url, monkeypatch):
    if not database_url.startswith("postgresql"):
        return
    distribution("cups", models=MODELS, scripts=scripts(MAKES))
    site = with_plugins("cups")
    done = []

    def upgrade():
        done.append(migrating.upgrade(site.database, "cups", site.registry.modules["cups"]))

    thread = threading.Thread(target=upgrade)

    def look(*_arguments, known=rehearsing._look_around):
        thread.start()
        thread.join(0.3)
        assert done == []
        known(*_arguments)

    monkeypatch.setattr(rehearsing, "_look_around", look)
    assert rehearse(site).would_pass
    thread.join(20)
    assert done == [True]


def test_the_command_says_it_and_ends_with_a_status(with_plugins, distribution, database_url):
    distribution("cups", models=MODELS, scripts=scripts(f"{MAKES}; {FILLS}"))
    folder = with_plugins("cups").settings.folder

    def run(*words):
        url = {"ENTRAIDE_DATABASE_URL": database_url}
        return CliRunner().invoke(entraide, ["--instance", str(folder), "migrate", *words], env=url)

    answer = run("--rehearse", "--at-most", "20")
    assert answer.exit_code == 0, answer.output
    assert "cups: from nothing to 0001, " in answer.output
    assert "    new: cups_cup\n    rows written: cups_cup 3\n" in answer.output
    assert answer.output.endswith("It would pass.\n")
    distribution("cups", models=MODELS, scripts=scripts(f"{MAKES}; 1 / 0"))
    answer = run("--rehearse")
    assert answer.exit_code == 1
    assert "cups: from nothing, fails after " in answer.output
    assert "line 8: ZeroDivisionError" in answer.output
    assert "It would not pass." in answer.output
