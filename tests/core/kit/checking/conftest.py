"""A new plugin that a test changes before it is checked."""

from __future__ import annotations

import pytest

from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin
from entraide.kit.scaffold import NewPlugin, create

TITLES = {"fr": "Outilthèque", "en": "Tool library"}


@pytest.fixture(autouse=True)
def _contained(monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")


@pytest.fixture
def change(tmp_path):
    """Give a function that replaces a text in a file of a new plugin `tools`; of its package."""
    folders = {}

    def replace(name, before, after, template="pages"):
        folder = folders.setdefault("tools", None) or create(
            NewPlugin("tools", template, TITLES), tmp_path
        )
        folders["tools"] = folder
        path = folder / "entraide_tools" / name
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after), "utf-8")
        return folder

    return replace


@pytest.fixture
def checked():
    """Give a function that checks the plugin in a folder, without its own tests; return the report."""

    def check(folder):
        with candidate(str(folder)) as plugin:
            return check_plugin(plugin, with_tests=False)

    return check


@pytest.fixture
def findings():
    """Give a function that returns the findings of one check about the plugin in a folder."""

    def look(check, folder):
        with candidate(str(folder)) as plugin:
            return check(plugin)

    return look
