"""The grade of the last check of a plugin: kept beside the state, told with what has changed since."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from entraide.plugins import grades


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "seeds.py"
    path.write_text('"""Seeds."""\n')
    return path


def test_what_is_kept_is_read_again_and_the_newest_counts(bare, tmp_path, source):
    state = tmp_path / "state"
    state.mkdir()
    assert grades.read_checks(state) == {}
    for grade in ("bronze", "gold"):
        grades.keep_check(state, "seeds", grade, source)
    grades.keep_check(state, "tutoring", "silver", "entraide_tutoring")
    checks = grades.read_checks(state)
    assert (checks["seeds"].grade, checks["seeds"].version) == ("gold", "")
    assert checks["seeds"].checked_at == bare.clock.now()
    assert (checks["tutoring"].grade, checks["tutoring"].version[:2]) == ("silver", "0.")
    assert [path.name for path in state.iterdir()] == [grades.FILE]


def test_a_change_of_a_file_shows(source):
    before = grades.digest_of(source)
    assert grades.digest_of(source) == before
    source.write_text('"""Other seeds."""\n')
    assert grades.digest_of(source) != before
    assert grades.digest_of("entraide_tutoring") != grades.digest_of("entraide_no_such_package")


@pytest.mark.parametrize("content", ["", "[]", '{"seeds": 7}', '{"seeds": {"grade": "gold"}}'])
def test_what_cannot_be_read_is_no_check(tmp_path, content):
    (tmp_path / grades.FILE).write_text(content)
    assert grades.read_checks(tmp_path) == {}


def test_a_plugin_that_no_distribution_brought_has_no_version(monkeypatch):
    point = EntryPoint("cups", "entraide_test_cups", "entraide")
    monkeypatch.setattr(grades, "entry_points", lambda group: [point])
    assert grades.version_of("entraide_test_cups") == ""
    assert grades.version_of(Path("seeds.py")) == ""
