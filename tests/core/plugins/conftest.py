"""Plugins that are installed for the length of a test."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from entraide.plugins import loading

HEAD = '"""A probe."""\nfrom entraide import *\nfrom entraide.fields import String\n'
KIND = """
from marshmallow import Schema
class Tea(Schema):
    leaf = public(String(), label="Leaf")
@hookimpl
def register_kinds():
    yield Kind("tea", "Tea", Tea)
"""


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Give a function that installs a package for the length of the test."""
    installed = {}
    monkeypatch.syspath_prepend(tmp_path)
    known = loading.entry_points

    def points(group):
        return [*known(group=group), *installed.values()]

    monkeypatch.setattr(loading, "entry_points", points)

    def install(name, toml=None, body="", models="", scripts=None):
        folder = tmp_path / f"entraide_test_{name}"
        files = {f"migrations/versions/{file}": text for file, text in (scripts or {}).items()}
        files |= {"__init__.py": HEAD + body, "models.py": models}
        if toml is not None:
            files["plugin.toml"] = toml
        for file, text in files.items():
            if text:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_text(text)
        installed[name] = EntryPoint(name, folder.name, "entraide")
        return folder

    yield install
    for point in installed.values():
        loading.forget_package(point.value)
