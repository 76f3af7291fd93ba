"""The check of a plugin: gold for what is new, and one plugin for each thing that it finds."""

from __future__ import annotations

import pytest

from entraide.kit.candidate import NoPlugin, candidate
from entraide.kit.checking import check_plugin
from entraide.kit.scaffold import CHOICES, NewPlugin, create

TITLES = {"fr": "Outilthèque", "en": "Tool library"}


@pytest.fixture(autouse=True)
def _contained(monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")


def checked(folder, *, with_tests=False):
    with candidate(str(folder)) as plugin:
        return check_plugin(plugin, with_tests=with_tests)


@pytest.mark.parametrize("template", CHOICES)
def test_a_new_plugin_is_gold_unedited(tmp_path, template):
    report = checked(create(NewPlugin("tools", template, TITLES), tmp_path), with_tests=True)
    assert (report.findings, report.grade) == ([], "gold")


# File, what stands in it, what is put there; the grade that is left, what the finding says.
MISTAKES = {
    "private import": (
        "rules.py",
        "from entraide import Actor, Rule",
        "from entraide import Actor, Rule\nfrom entraide.web import forms",
        "none",
        "it imports entraide.web.forms",
    ),
    "unspecified annotation": (
        "__init__.py",
        "-> Iterable[Rule]:",
        "-> list[Rule]:",
        "bronze",
        "-> list[Rule] instead of -> Iterable[Rule]",
    ),
    "unmarked route": (
        "views.py",
        '@permission("toys.list")\n',
        "",
        "none",
        "says nothing about who",
    ),
    "open row": (
        "views.py",
        '    require(require_member(), "toys.give_back", loan)\n',
        "",
        "none",
        "give-back opens for stranger",
    ),
    "unprefixed table": ("models.py", '"toys_item"', '"item"', "none", "must be called toys_item"),
    "unclassified column": (
        "models.py",
        "due_on: Mapped[date] = neutral()",
        "due_on: Mapped[date]",
        "none",
        "not classified",
    ),
    "drift": (
        "models.py",
        "    name: Mapped[str] = neutral()\n",
        "    name: Mapped[str] = neutral()\n    shelf: Mapped[str | None] = neutral()\n",
        "none",
        "is in no migration",
    ),
    "no way down": (
        "migrations/versions/0001_first_tables.py",
        '    op.drop_table("toys_item")\n',
        "",
        "none",
        "the table toys_item stays",
    ),
    "a way down that fails": (
        "migrations/versions/0001_first_tables.py",
        '    op.drop_table("toys_item")\n',
        '    op.drop_table("toys_item")\n    op.drop_table("toys_shelf")\n',
        "none",
        "fails on its way down or up",
    ),
    "another type than in the migration": (
        "models.py",
        "    name: Mapped[str] = neutral()\n",
        "    name: Mapped[str | None] = neutral()\n",
        "none",
        "models and migrations differ",
    ),
    "a key without an end": (
        "models.py",
        'ForeignKey(Item.id, ondelete="CASCADE")',
        "ForeignKey(Item.id)",
        "none",
        "toys_loan.item_id does not say what happens",
    ),
    "words without French": (
        "templates/toys/reminder.txt",
        "Due tomorrow:",
        "Due very soon:",
        "bronze",
        "fr.po has no words",
    ),
    "words that nothing shows": (
        "templates/toys/new.html",
        '_("Add"))',
        '"Add")',
        "silver",
        "which nothing shows",
    ),
    "no docstring": (
        "service.py",
        '    """End a loan; a second time changes nothing."""\n',
        "",
        "silver",
        "give_back has no docstring",
    ),
    "a field without a label": (
        "templates/toys/items.html",
        '<ul class="grid">',
        '<input name="q"><ul class="grid">',
        "silver",
        "the field 'q' has no label",
    ),
    "a page that fails": (
        "views.py",
        "raise errors.NotFound",
        "raise ValueError",
        "none",
        "fails (500)",
    ),
    "no title in English": (
        "plugin.toml",
        'en = "Tool library"\n',
        "",
        "bronze",
        "does not say [title] en",
    ),
    "text without a person": (
        "models.py",
        "    name: Mapped[str] = neutral()\n",
        '    name: Mapped[str] = personal("technical", audience="staff", purpose="x")\n',
        "none",
        "the export of a member lacks toys_item.name",
    ),
    "text of others": (
        "models.py",
        "    name: Mapped[str] = neutral()\n",
        '    name: Mapped[str] = personal("technical", audience="staff", purpose="x")\n',
        "none",
        "reads toys_item.name",
    ),
}


# What is found on the running site, or while loading, names the folder or the package.
PLACED_ELSEWHERE = {
    "unmarked route",
    "unprefixed table",
    "unclassified column",
    "drift",
    "no way down",
    "another type than in the migration",
    "words that nothing shows",
    "a field without a label",
    "text of others",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_costs_its_grade_and_says_what_where_why_and_how(tmp_path, mistake):
    name, before, after, grade, words = MISTAKES[mistake]
    folder = create(NewPlugin("tools", "full", TITLES), tmp_path)
    path = folder / "entraide_tools" / name.replace("toys", "tools")
    text = path.read_text("utf-8")
    before, after = (part.replace("toys", "tools") for part in (before, after))
    assert before in text
    text = text.replace(before, after)
    if mistake in ("text without a person", "text of others"):
        text = text.replace("neutral, subject", "neutral, personal, subject")
    path.write_text(text, "utf-8")
    report = checked(folder)
    finding = next(f for f in report.findings if words.replace("toys", "tools") in f.what)
    assert report.grade == grade
    assert (path.name in finding.where) or mistake in PLACED_ELSEWHERE
    assert finding.why
    assert finding.how


def test_what_is_encrypted_is_looked_for_too(tmp_path):
    folder = create(NewPlugin("tools", "pages", TITLES), tmp_path)
    path = folder / "entraide_tools/models.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace('audience="members"', 'audience="staff"'), "utf-8")
    report = checked(folder)
    read = {finding.what.partition(" at ")[0] for finding in report.findings}
    assert (read, report.grade) == ({"another member reads tools_item.name"}, "none")


@pytest.mark.parametrize("test", ["def test_no(): assert False\n", "", None])
def test_its_own_tests_decide_about_gold(tmp_path, test):
    folder = create(NewPlugin("tools", "kind", TITLES), tmp_path)
    (folder / "tests" / "test_tools.py").unlink()
    if test is None:
        (folder / "tests").rmdir()
    else:
        (folder / "tests" / "test_it.py").write_text(test, "utf-8")
    report = checked(folder, with_tests=True)
    assert (report.grade, len(report.findings)) == ("silver", 1)
    assert "test" in report.findings[0].what


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("= broken", "Correct the file"),
        ("[project]", "names 0 plugins"),
        ('[project.entry-points.entraide]\nghost = "entraide_ghost"', "is no package"),
        ('[project.entry-points.entraide]\ntutoring = "entraide_none"', "is no package"),
    ],
)
def test_a_folder_that_is_no_plugin_is_refused_in_words(tmp_path, toml, words):
    (tmp_path / "pyproject.toml").write_text(toml, "utf-8")
    with pytest.raises(NoPlugin, match=words), candidate(str(tmp_path)):
        pass


def test_a_name_that_nobody_has_is_refused_with_those_that_are_there():
    with pytest.raises(NoPlugin, match=r"federation.*tutoring"), candidate("ghost"):
        pass
