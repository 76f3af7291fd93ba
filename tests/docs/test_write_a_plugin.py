"""The pages for plugin authors: what it quotes stands in the template, what it changes works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entraide.kit import catalogues as messages
from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin
from entraide.kit.next_migration import write_migration
from entraide.kit.scaffold import NewPlugin, create

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("how-to/write-a-plugin.md", "tutorial/change-a-plugin.md")
GUIDE = "\n".join((DOCS / page).read_text("utf-8") for page in PAGES)
BLOCK = re.compile(r"^```(\w+)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(GUIDE)
TITLES = {"fr": "Ludothèque", "en": "Toy library"}
MIGRATION = re.compile(r'^entraide plugin migration toys "(.+)"$', re.MULTILINE)


def blocks(*languages):
    return [(path, text) for language, path, text in BLOCKS if language in languages]


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """The plugin with which the guide begins."""
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    return create(NewPlugin("toys", "full", TITLES), tmp_path)


def apply(path, hunk):
    """Change a file, or write a new one, as lines with a space, - and + say."""
    lines = [(line[:1], line[1:]) for line in hunk.splitlines(keepends=True)]
    assert {mark for mark, _line in lines} <= {" ", "-", "+", "\n"}
    before = "".join(line or "\n" for mark, line in lines if mark != "+")
    after = "".join(line or "\n" for mark, line in lines if mark != "-")
    text = path.read_text("utf-8") if path.exists() else ""
    if before:
        assert text.count(before) == 1, f"{path}: {before}"
    else:
        assert text == "", f"{path} is there already"
    path.write_text(text.replace(before, after) if before else after, "utf-8")


def test_what_is_quoted_stands_in_the_template(toys):
    quoted = blocks("python", "html")
    assert len(quoted) > 5
    for path, text in quoted:
        assert text in (toys / path).read_text("utf-8"), path


def test_every_snippet_is_quoted_or_tried():
    code = re.findall(r"^```(python|html|diff)$", GUIDE, re.MULTILINE)
    assert len(code) == len(blocks("python", "html", "diff"))


def test_the_changes_of_the_guide_make_a_plugin_of_gold(toys):
    for path, text in blocks("diff"):
        for hunk in text.split("@@\n"):
            apply(toys / path, hunk)
    [words] = MIGRATION.findall(GUIDE)
    with candidate(str(toys)) as plugin:
        path, warnings = write_migration(plugin, words)
    assert (f"`migrations/versions/{path.name}`" in GUIDE, warnings) == (
        True,
        [],
    )
    [(_name, lines)] = blocks("text")
    french = dict(line.split("\t") for line in lines.splitlines())
    assert messages.update(toys / "entraide_toys", french) == []
    with candidate(str(toys)) as plugin:
        report = check_plugin(plugin)
    assert (report.findings, report.grade) == ([], "gold")
