"""The text policy by a table of scripts, emoji, invisible signs and controls."""

import unicodedata

import pytest
from text_vectors import DROPPED, EMOJI, KEPT, LONG_TEXTS, REFUSED, SCRIPTS

from entraide import text
from entraide.errors import BadText


def test_the_table_is_large():
    assert len(SCRIPTS) + len(EMOJI) + len(DROPPED) + len(REFUSED) + len(LONG_TEXTS) >= 200


@pytest.mark.parametrize("single_line", [True, False])
@pytest.mark.parametrize("value", KEPT)
def test_what_a_script_or_an_emoji_needs_is_kept(value, single_line):
    assert text.clean(value, single_line=single_line) == unicodedata.normalize("NFC", value)


@pytest.mark.parametrize("single_line", [True, False])
@pytest.mark.parametrize(("value", "cleaned"), DROPPED)
def test_what_nothing_needs_is_dropped(value, cleaned, single_line):
    assert text.clean(value, single_line=single_line) == cleaned
    assert text.clean(cleaned, single_line=single_line) == cleaned


@pytest.mark.parametrize(("reason", "code"), REFUSED)
def test_what_names_refuse_is_named_with_its_place(reason, code):
    with pytest.raises(BadText) as caught:
        text.clean(f"Marie{chr(code)} D", single_line=True)
    assert caught.value.reason == reason
    assert caught.value.members["sign"] == f"U+{code:04X}"
    assert caught.value.members["position"] == 6
    assert f"U+{code:04X} (character 6)" in str(caught.value.detail)


@pytest.mark.parametrize(("reason", "code"), [row for row in REFUSED if row[0] == "control"])
def test_longer_texts_refuse_controls_too(reason, code):
    with pytest.raises(BadText) as caught:
        text.clean(f"Marie\n{chr(code)}", single_line=False)
    assert (caught.value.reason, caught.value.members["position"]) == (reason, 7)


@pytest.mark.parametrize(("value", "cleaned"), LONG_TEXTS)
def test_longer_texts_keep_their_lines(value, cleaned):
    assert text.clean(value, single_line=False) == cleaned
