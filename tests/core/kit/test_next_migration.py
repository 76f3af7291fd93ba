"""The next migration: written from the difference, for encrypted columns too, and it runs."""

from __future__ import annotations

import pytest

from entraide.errors import EntraideError, PluginError
from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin
from entraide.kit.next_migration import write_migration
from entraide.kit.scaffold import NewPlugin, create

TITLES = {"fr": "Outilthèque", "en": "Tool library"}
ADDED = """
    note: Mapped[str | None] = personal("free_text", audience="staff", purpose="mend it")
    seen_at: Mapped[datetime | None] = neutral()
"""


@pytest.fixture
def tools(tmp_path, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    return create(NewPlugin("tools", "pages", TITLES), tmp_path)


def write(folder, words="More about items"):
    with candidate(str(folder)) as plugin:
        return write_migration(plugin, words)


def add(folder, lines):
    path = folder / "entraide_tools" / "models.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace("    owner: Mapped", f"{lines}    owner: Mapped"), "utf-8")


def test_nothing_is_written_when_nothing_differs(tools):
    with pytest.raises(EntraideError, match="nothing to write"):
        write(tools)


def test_the_difference_becomes_the_next_migration_and_no_drift_is_left(tools):
    add(tools, ADDED)
    path, unfilled = write(tools)
    text = path.read_text("utf-8")
    assert path.name == "0002_more_about_items.py"
    assert 'down_revision = "0001"' in text
    assert "sa.LargeBinary()" in text
    assert "entraide" not in text
    assert unfilled == []
    with candidate(str(tools)) as plugin:
        assert check_plugin(plugin, with_tests=False).findings == []


def test_a_column_that_old_rows_cannot_fill_is_named(tools):
    add(tools, "    shelf: Mapped[int] = neutral()\n")
    assert write(tools)[1] == ["tools_item.shelf"]


def test_the_first_migration_of_a_plugin_without_any(tools):
    migration = tools / "entraide_tools/migrations/versions/0001_first_tables.py"
    migration.unlink()
    assert write(tools, "First tables")[0] == migration
    with candidate(str(tools)) as plugin:
        assert check_plugin(plugin, with_tests=False).findings == []


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("rules.py", "import nowhere", r"rules\.py, line \d+: ModuleNotFoundError: .*'nowhere'"),
        ("views.py", "def (", r"views\.py, line \d+: SyntaxError: "),
        (
            "migrations/versions/0001_first_tables.py",
            "1 / 0",
            r"0001_first_tables\.py, line \d+: ZeroDivisionError: ",
        ),
    ],
)
def test_a_plugin_that_does_not_import_says_where_it_fails(tools, name, lines, words):
    path = tools / "entraide_tools" / name
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("\nfrom entraide", f"\n{lines}\nfrom entraide").replace(
            "\nrevision", f"\n{lines}\nrevision"
        ),
        "utf-8",
    )
    with pytest.raises(PluginError, match=words):
        write(tools)


def test_words_are_needed(tools):
    add(tools, "    shelf: Mapped[int | None] = neutral()\n")
    with pytest.raises(EntraideError, match="in some words"):
        write(tools, "…")
