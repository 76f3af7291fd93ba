"""Sites whose plugins are written inside the test; the town is beside this file."""

from __future__ import annotations

from types import ModuleType

import pluggy
import pytest

from entraide import hookspecs, runtime
from entraide.hookspecs import hookimpl
from entraide.plugins import loading

from .town import count_queries, inhabit, town, village

__all__ = ["count_queries", "inhabit", "town", "village"]


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
