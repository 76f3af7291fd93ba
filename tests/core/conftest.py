"""Sites whose plugins are written inside the test; the town is beside this file."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from types import ModuleType

import pluggy
import pytest

from entraide import hookspecs, runtime
from entraide.hookspecs import hookimpl
from entraide.plugins import loading

from .town import count_queries, inhabit, town, village

__all__ = ["count_queries", "inhabit", "town", "village"]


HEAD = '"""A probe."""\nfrom entraide import *\nfrom entraide.fields import String\n'


def plug(site, name, *functions):
    """Add a plugin made of `functions`, each named like its hook, to an open site."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    module = ModuleType(f"plugged_{name}")
    for function in functions:
        setattr(module, function.__name__, hookimpl(function))
    loading.add(site.registry, manager, name, module)
    return site


@pytest.fixture(name="plug")
def plug_fixture():
    return plug


@pytest.fixture
def lenient(monkeypatch, make_site):
    """Contain failures as production does."""
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")


@pytest.fixture
def bare(make_site, lenient):
    """Give a site on SQLite, active, that contains failures."""
    with runtime.activate(make_site(toml='disabled = ["help_requests", "posting"]\n')) as opened:
        yield opened


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
