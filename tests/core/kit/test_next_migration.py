"""The next migration: written from the difference, for encrypted columns too, and it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from entraide.errors import EntraideError, PluginError
from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin
from entraide.kit.next_migration import write_migration
from entraide.kit.scaffold import NewPlugin, create

ROOT = Path(__file__).parents[3]
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
    [sentence] = write(tools)[1]
    assert sentence.startswith("tools_item.shelf may not be empty")


def test_a_column_that_goes_is_told_with_what_a_rename_would_be(tools):
    path = tools / "entraide_tools" / "models.py"
    path.write_text(path.read_text("utf-8").replace("least_age", "years"), "utf-8")
    added, gone, back = write(tools)[1]
    assert added.startswith("tools_item.years may not be empty")
    assert "tools_item.least_age goes with what it holds" in gone
    assert 'batch_op.alter_column("least_age", new_column_name="years")' in gone
    assert back.startswith("On the way back tools_item.least_age may not be empty")


def test_a_table_that_goes_is_told(tools):
    path = tools / "entraide_tools/models.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"tools_item"', '"tools_thing"'), "utf-8")
    assert any('op.rename_table("tools_item"' in sentence for sentence in write(tools)[1])


LONG = """
    a_name_that_is_rather_long: Mapped[str] = neutral(server_default="it's", index=True, unique=True)
    other_id: Mapped[UUID | None] = neutral(ForeignKey("directory_offer.id", ondelete="SET NULL"))
    __table_args__ = (
        CheckConstraint("least_age > 0 AND name <> '\\"'", name="age"),
        UniqueConstraint("a_name_that_is_rather_long", "owner_id", "least_age", "added_at"),
    )
"""


def test_what_is_written_is_in_the_format_of_the_repository(tools):
    migration = tools / "entraide_tools/migrations/versions/0001_first_tables.py"
    migration.unlink()
    add(tools, LONG)
    path = tools / "entraide_tools/models.py"
    models = "from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint\nfrom sqlalchemy.orm import"
    path.write_text(path.read_text("utf-8").replace("from sqlalchemy.orm import", models), "utf-8")
    write(tools, "First tables")
    path.write_text(path.read_text("utf-8").replace(LONG, ADDED), "utf-8")
    write(tools)
    for check in (["format", "--check", "--diff"], ["check", "--ignore", "D103,INP001"]):
        ruff = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml")]
        folder = tools / "entraide_tools/migrations"
        done = subprocess.run(
            [*ruff, "--no-cache", str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


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
