"""What stands behind the label of a field: known options, words, pairs; the rest is refused."""

from __future__ import annotations

import pytest

from entraide import catalogue, fields, parties, public
from entraide.field_options import OPTIONS

_ = catalogue(__name__, fr={"Know who comes": "Savoir qui vient"})


@pytest.mark.parametrize(
    ("mark", "options", "words"),
    [
        (public, {"fasset": True}, "public(): there is no option fasset=. Did you mean facet=?"),
        (public, {"xyz": 1}, "there is no option xyz=. The options are category, purpose, sides"),
        (parties, {"facet": True}, "parties(): facet= is for public() fields"),
        (parties, {"fasset": True}, "there is no option fasset=. The options are category"),
        (fields.members, {"hints": "x"}, "Did you mean hint=?"),
        (fields.staff, {"retention": "P1Y"}, "nothing keeps a term of a single field"),
        (public, {"hint": 3}, 'hint=3 is no words. Write hint=_("…")'),
        (public, {"purpose": ["x"]}, "is no words"),
        (public, {"sides": "offer"}, "sides='offer' is not (\"offer\",)"),
        (public, {"sides": ()}, "sides=() is not"),
        (public, {"kind": "slider"}, "kind='slider' is not one of"),
        (public, {"choices": ["a"]}, 'choices are pairs, [("good", _("Good")), …]'),
    ],
)
def test_an_option_that_nobody_knows_is_refused(mark, options, words):
    with pytest.raises(ValueError, match=r"\w") as refusal:
        mark(fields.String(), label="X", **options)
    assert words in str(refusal.value)


def test_a_label_is_words():
    with pytest.raises(ValueError, match=r'label=3 is no words. Write label=_\("…"\)'):
        public(fields.String(), label=3)


@pytest.mark.parametrize("make", [fields.one_of, fields.some_of])
@pytest.mark.parametrize(
    "choices",
    [["x", "y"], [("x",)], [("x", 1)], [(None, "X")], "xy", {"x": "X"}, [], None, 3, [[1, 2]]],
)
def test_choices_are_pairs(make, choices):
    with pytest.raises(ValueError, match=r"_of\(\): choices are pairs"):
        make(choices)


@pytest.mark.parametrize("choices", [[("x", "X")], (("x", _("Know who comes")),), [(1, "Un")]])
def test_pairs_are_taken(choices):
    assert fields.choices_of(fields.one_of(choices))[0][0] == str(choices[0][0])


def test_every_option_says_what_it_does():
    assert all(words.strip() for words in OPTIONS.values())
