"""`entraide plugins`: on and off, away and back, what is left of a plugin that is gone."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text

from entraide import clock, runtime
from entraide.app import create_site, read_settings, remember_classification
from entraide.cli import entraide, main
from entraide.plugins import loading
from entraide.plugins.grades import keep_check, read_checks

VERSION = version("entraide-tutoring")
CURIOUS = """\
from entraide import database, hookimpl
@hookimpl
def register_jobs():
    with database.reading() as session:
        session.connection().exec_driver_sql("SELECT 1")
    return ()
"""
STRICT = """\
from marshmallow import Schema, fields
from entraide import hookimpl
class Table(Schema):
    limit = fields.Integer(required=True)
@hookimpl
def register_settings():
    return Table
"""
FILES = {"plugins/broken.py": "1 / 0\n", "plugins/curious.py": CURIOUS}
WORDS = {
    ("enable", "nobody", "--yes"): "pas d’extension nobody",
    ("enable", "broken", "--yes"): "division by zero",
    ("show", "nobody"): "There is no plugin nobody",
    ("disable", "members"): "pas d’extension members",
    ("uninstall", "tutoring", "--yes"): "not installed, or has no tables",
    ("restore", "instance.toml"): "cannot be read as an archive",
    ("orphans", "export", "federation"): "is no orphan",
    ("orphans", "erase", "federation", "--yes"): "is no orphan",
}


@pytest.fixture
def folder(make_site, database_url, monkeypatch):
    """The folder of a site with tutoring and the federation, and a plugin that cannot be loaded."""
    monkeypatch.setenv("ENTRAIDE_DATABASE_URL", database_url)
    monkeypatch.delenv("ENTRAIDE_STRICT", raising=False)
    plugins = ("tutoring", "federation")
    site = make_site(url=database_url, plugins=plugins, files=FILES)
    remember_classification(site)
    monkeypatch.chdir(site.settings.folder)
    return site.settings.folder


def run(folder, *arguments, answer=""):
    command = ["--instance", str(folder), "plugins", *arguments]
    return CliRunner().invoke(entraide, command, input=answer)


def well(folder, *arguments, answer=""):
    result = run(folder, *arguments, answer=answer)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def opened(folder):
    site = create_site(read_settings(folder))
    site.database.close()
    return site


def tables(folder):
    database = opened(folder).database
    with database.reader.connect() as connection:
        names = set(inspect(connection).get_table_names())
    database.close()
    return names


def test_off_and_on_again(folder):
    assert "tutoring is off. Its data is kept." in well(folder, "disable", "tutoring")
    assert "tutoring" not in opened(folder).settings.plugins
    assert "tutoring  off" in well(folder)
    output = well(folder, "enable", "tutoring", answer="y\n")
    assert "can read all of its data" in output
    assert "tutoring is on." in output
    assert "tutoring" in opened(folder).kinds


def test_the_list_and_the_words_about_one_plugin(folder):
    lists = [re.sub(r"[0-9.]+ ms", "", well(folder, *words)) for words in (("list",), ())]
    assert lists[0] == lists[1]
    assert "grade: not checked on this site. Run: entraide plugin check tutoring" in well(
        folder, "show", "tutoring"
    )
    with runtime.activate(opened(folder)):
        keep_check(folder / "state", "tutoring", "silver", "entraide_tutoring")
    assert f"grade: silver, checked {clock.today()}, version {VERSION}\n" in well(
        folder, "show", "tutoring"
    )
    assert "tutoring  enabled" not in well(folder, "show", "federation")
    off = well(folder, "show", "outings")
    assert "outings  off" in off
    assert "kinds of help: outing" in off
    assert "division by zero" in well(folder, "show", "broken")
    well(folder, "enable", "curious", "--yes")
    assert "asked the database in this command: 1 times" in well(folder, "show", "curious")


def test_a_check_is_kept_by_the_site_whose_plugin_it_is(folder, monkeypatch):
    monkeypatch.setattr("entraide.kit.checking.own_tests.pass_here", lambda _plugin: [])
    command = ["--instance", str(folder), "plugin", "check"]
    made = CliRunner().invoke(
        entraide, ["plugin", "new", "tools", "--folder", str(folder)], catch_exceptions=False
    )
    assert made.exit_code == 0
    CliRunner().invoke(entraide, [*command, str(folder / "tools")])
    assert read_checks(folder / "state") == {}
    CliRunner().invoke(entraide, [*command, "tutoring"])
    assert read_checks(folder / "state")["tutoring"].grade == "gold"
    (folder / "instance.toml").write_text("[site]\n")
    result = CliRunner().invoke(entraide, [*command, "tutoring"])
    assert "The grade was not kept" in result.output


def test_a_no_changes_nothing(folder):
    well(folder, "disable", "tutoring")
    before = tables(folder)
    for arguments in (("enable", "tutoring"), ("uninstall", "federation")):
        for answer in ("n\n", ""):
            assert str(run(folder, *arguments, answer=answer).exception) == "Nothing was changed."
    assert "tutoring" not in opened(folder).settings.plugins
    assert tables(folder) == before


LATE = '''"""Fails when it is asked for its pages, its jobs or its kinds."""
from entraide import *
@hookimpl
def {hook}():
    return {answer}
'''


@pytest.mark.parametrize(
    ("hook", "answer"),
    [("register_blueprints", "1 / 0"), ("register_jobs", "[3]"), ("register_rules", "1 / 0")],
)
def test_one_that_fails_late_is_not_switched_on(folder, hook, answer):
    words = LATE.format(hook=hook, answer=answer)
    (folder / "plugins" / "late.py").write_text(words, "utf-8")
    failure = run(folder, "enable", "late", "--yes").exception
    assert "Plugin late: " in str(failure)
    assert str(failure).endswith("It was not switched on.")
    assert "late  off" in well(folder)
    assert "late" not in opened(folder).settings.plugins


def test_away_into_an_archive_and_back(folder, tmp_path):
    before = tables(folder)
    archive = tmp_path / "federation.zip"
    output = well(folder, "uninstall", "federation", "--yes", "--archive", str(archive))
    assert "federation_" in output
    assert str(archive) in output
    assert tables(folder) == {name for name in before if "federation" not in name}
    assert "federation  off" in well(folder)
    assert "enable federation" in well(folder, "restore", str(archive))
    well(folder, "enable", "federation", "--yes")
    assert tables(folder) == before
    assert "federation" in opened(folder).registry.modules


def test_what_cannot_be_uninstalled_stays_on(folder, database_url):
    database = opened(folder).database
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version_federation SET version_num = '9999'"))
    database.close()
    before = tables(folder)
    result = run(folder, "uninstall", "federation", "--yes")
    assert "newer than this code" in str(result.exception)
    assert tables(folder) == before
    assert "federation" in opened(folder).settings.plugins
    assert not list((folder / "state").glob("archives/*"))


def test_one_without_its_settings_is_not_switched_on(folder):
    (folder / "plugins" / "strict.py").write_text(STRICT)
    result = run(folder, "enable", "strict", "--yes")
    assert "[plugins.strict]" in str(result.exception)
    assert "strict" not in opened(folder).settings.plugins
    with (folder / "instance.toml").open("a") as file:
        file.write("[plugins.strict]\nlimit = 3\n")
    assert "strict is on" in well(folder, "enable", "strict", "--yes")


def test_what_is_left_of_a_package_that_is_gone(folder, monkeypatch):
    assert well(folder, "orphans") == ""
    before = tables(folder)
    well(folder, "disable", "federation")
    known = loading.entry_points
    monkeypatch.setattr(
        loading,
        "entry_points",
        lambda group: [point for point in known(group=group) if point.name != "federation"],
    )
    assert "federation: " in well(folder, "orphans")
    well(folder, "orphans", "export", "federation")
    assert tables(folder) == before
    well(folder, "orphans", "erase", "federation", "--yes")
    assert not [name for name in tables(folder) if "federation" in name]
    assert well(folder, "orphans") == ""
    assert list(Path(folder, "state", "archives").glob("federation-*.zip"))


def test_one_that_is_chosen_and_gone_is_switched_off_by_the_command_that_is_said(
    folder, monkeypatch
):
    # As in a backup of before it was taken away: instance.toml may not name it at all.
    well(folder, "disable", "federation")
    well(folder, "enable", "federation", "--yes")
    known = loading.entry_points
    monkeypatch.setattr(
        loading,
        "entry_points",
        lambda group: [point for point in known(group=group) if point.name != "federation"],
    )
    remedy = "entraide plugins disable federation"
    assert remedy in well(folder)
    assert "federation is off" in well(folder, *remedy.split()[2:])
    assert remedy not in well(folder)


@pytest.mark.parametrize("arguments", WORDS, ids=" ".join)
def test_what_cannot_be_done_ends_with_a_sentence(folder, monkeypatch, capsys, arguments):
    monkeypatch.setattr("sys.argv", ["entraide", "-i", str(folder), "plugins", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert WORDS[arguments] in capsys.readouterr().err
