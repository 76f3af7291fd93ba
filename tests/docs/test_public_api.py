"""What is public is written down: nothing goes without a major version, everything has words."""

from __future__ import annotations

import pytest

import golden
from reference_pages import public_names


def test_the_golden_file_is_what_the_code_says():
    before = golden.PATH.read_text("utf-8").splitlines()
    assert golden.changes(before, golden.lines()) == ""


def test_a_change_is_told_and_what_is_taken_away_is_a_major_version():
    words = golden.changes(["class entraide.Kind", "name b"], ["class entraide.Link", "name b"])
    assert words.splitlines() == [
        "added, run make docs: class entraide.Link",
        "removed or changed, which is a major version of the hook API: class entraide.Kind",
    ]


@pytest.mark.parametrize("room", ["entraide", "entraide.pages"])
def test_every_public_name_has_words(room):
    silent = [name for name, words in public_names.rooms()[room].items() if words.startswith("`")]
    assert set(silent) <= {"API_VERSION", "hookimpl"}
