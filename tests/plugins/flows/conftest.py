"""The plugin of the examples, as if it were installed."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "toys"


@pytest.fixture
def toys_installed(install):
    """The plugin as if it were installed."""
    install(FOLDER, "toys")
