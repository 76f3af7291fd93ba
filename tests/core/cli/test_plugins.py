"""`entraide plugins`: on and off, away and back, what is left of a plugin that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect

from entraide.app import create_site, read_settings, remember_classification
from entraide.cli import entraide, main
from entraide.plugins import loading

WORDS = {
    ("enable", "nobody", "--yes"): "pas d’extension nobody",
    ("enable", "broken", "--yes"): "division by zero",
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
    site = make_site(url=database_url, plugins=plugins, files={"plugins/broken.py": "1 / 0\n"})
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
