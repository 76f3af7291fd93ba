"""The plugin of the examples, as if it were installed."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from entraide.plugins import loading

FOLDER = Path(__file__).parent / "toys"


@pytest.fixture
def toys_installed(monkeypatch):
    """The plugin as if it were installed."""
    monkeypatch.syspath_prepend(FOLDER)
    known = loading.entry_points
    point = EntryPoint("toys", "entraide_toys", "entraide")
    monkeypatch.setattr(loading, "entry_points", lambda group: [*known(group=group), point])
    yield
    loading.forget_package("entraide_toys")
