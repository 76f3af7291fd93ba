"""A check where no shipped plugin is installed says what it did not try."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from entraide.cli import entraide
from entraide.kit.checking import loads


@pytest.fixture
def tea(tmp_path, monkeypatch):
    """A plugin of one file that does not load, where nothing else is installed."""
    monkeypatch.setattr(loads, "entry_points", lambda **_group: [])
    path = tmp_path / "tea.py"
    path.write_text('"""Tea."""\n1 / 0\n', "utf-8")
    return path


def test_what_was_not_tried_is_said(tea):
    result = CliRunner().invoke(entraide, ["plugin", "check", str(tea)])
    assert "not tried: beside sponsorship, tutoring, outings, federation" in result.output
    assert result.output.count("it does not load") == 1
    assert "beside :" not in result.output
    assert "tea: none" in result.output
