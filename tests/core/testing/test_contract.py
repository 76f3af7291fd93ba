"""What a plugin's own tests assert in one line fails when the plugin is wrong; people and jobs."""

from __future__ import annotations

import pytest

from entraide.kit.candidate import candidate
from entraide.kit.scaffold import NewPlugin, create
from entraide.kit.workbench import workbench
from entraide.testing import assert_accessible, migrate_roundtrip, run_job

PLUGINS = ("tutoring",)
PAGE = """<!doctype html><html lang="fr"><head><title>Jouets</title></head>
<body><h1>Jouets</h1>{}</body></html>"""
DOWN = '    op.drop_table("tools_item")\n'
BARRIERS = {
    "says no language": PAGE.replace(' lang="fr"', ""),
    "no <title>": PAGE.replace("<title>Jouets</title>", ""),
    "has 0 <h1>": PAGE.replace("<h1>Jouets</h1>", ""),
    "has 2 <h1>": PAGE.format("<h1>Encore</h1>"),
    "a level is left out": PAGE.format("<h3>Puzzle</h3>"),
    "has no alt": PAGE.format("<img src=x>"),
    "says nothing": PAGE.format("<a href=/><img alt='' src=x></a>"),
    "has no label": PAGE.format("<input name=q id=q>"),
    "stands 2 times": PAGE.format("<p id=p></p><p id=p></p>"),
    "order of the keyboard": PAGE.format("<p tabindex=1>Puzzle</p>"),
}


@pytest.fixture
def tools(tmp_path):
    """A plugin with one table, as files."""
    return create(NewPlugin("tools", "pages", {"fr": "Outilthèque", "en": "Tools"}), tmp_path)


def change(folder, file, before, after):
    path = folder / "entraide_tools" / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_tables_that_equal_their_models_come_back(tools):
    with candidate(str(tools)) as plugin, workbench([plugin.name]) as site:
        migrate_roundtrip(site, plugin.name)
        migrate_roundtrip(site, plugin.name)


def test_a_model_that_differs_from_its_migration_fails(tools):
    change(tools, "models.py", "name: Mapped[str] =", "name: Mapped[str | None] =")
    with (
        candidate(str(tools)) as plugin,
        workbench([plugin.name]) as site,
        pytest.raises(AssertionError, match=r"differ:[^$]*nullable=True"),
    ):
        migrate_roundtrip(site, plugin.name)


def test_a_table_that_stays_fails(tools):
    change(tools, "migrations/versions/0001_first_tables.py", DOWN, "    op.get_bind()\n")
    with (
        candidate(str(tools)) as plugin,
        workbench([plugin.name]) as site,
        pytest.raises(AssertionError, match="tools_item stays"),
    ):
        migrate_roundtrip(site, plugin.name)


def test_a_plugin_without_tables_has_nothing_to_go_round(site):
    with pytest.raises(AssertionError, match="no migrations"):
        migrate_roundtrip(site, "tutoring")


def test_a_page_without_barriers_passes():
    assert_accessible(PAGE.format("<label for=q>Objet</label><input name=q id=q>"))


@pytest.mark.parametrize("words", BARRIERS)
def test_each_barrier_of_a_page_fails(words):
    with pytest.raises(AssertionError, match=words):
        assert_accessible(BARRIERS[words])


def test_a_job_that_is_not_there_is_named_with_those_that_are(site):
    with pytest.raises(LookupError, match=r"tutoring\.remind.*outbox|outbox"):
        run_job("tutoring.remind")
