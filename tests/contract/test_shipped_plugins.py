"""Every shipped plugin keeps the contract that `entraide plugin check` asks of any plugin."""

from __future__ import annotations

import pytest

from entraide.kit.candidate import candidate
from entraide.kit.checking import check_plugin


# Their own tests are part of this suite already.
@pytest.mark.parametrize("name", ["outings", "sponsorship", "tutoring"])
def test_a_shipped_plugin_is_gold(name, monkeypatch):
    monkeypatch.setenv("ENTRAIDE_STRICT", "0")
    with candidate(name) as plugin:
        report = check_plugin(plugin, with_tests=False)
    assert (report.findings, report.grade) == ([], "gold")
