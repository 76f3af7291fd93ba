"""The site of a test: with the plugins that its module names, or a sentence about the one missing."""

from __future__ import annotations

import pytest

from entraide.testing.sites import require_installed


def test_a_plugin_that_is_not_installed_is_named_with_its_remedy(tmp_path):
    require_installed(("tutoring", "outings"), tmp_path)
    with pytest.raises(
        pytest.fail.Exception, match="plugin tea is not installed here: pip install"
    ):
        require_installed(("tutoring", "tea"), tmp_path)
