"""A plugin written for hook API 1.0, never touched again: it keeps the contract of this release."""

from __future__ import annotations

from pathlib import Path

from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin


def test_a_plugin_of_api_1_0_still_keeps_the_contract(monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    with candidate(str(Path(__file__).parents[1] / "api_1_0" / "frozen")) as plugin:
        assert check_plugin(plugin, with_tests=False).findings == []
