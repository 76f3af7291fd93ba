"""How personal data is marked."""

from __future__ import annotations

import pytest

from entraide.classification import Marking

PURPOSE = "safety during the outing"


@pytest.mark.parametrize(
    ("values", "is_encrypted"),
    [
        ({"category": "identity", "audience": "members"}, True),
        ({"category": "identity", "audience": "public"}, False),
        ({"category": "free_text"}, True),
        ({"category": "free_text", "audience": "public"}, False),
        ({"category": "location", "audience": "members"}, False),
        ({"category": "identity", "audience": "parties"}, True),
        ({"category": "free_text", "audience": "sealed"}, True),
        ({"category": "contact"}, True),
        ({"category": "child", "purpose": PURPOSE}, True),
        ({"category": "health", "purpose": PURPOSE, "retention": "P2D after starts_at"}, True),
        ({"category": "technical", "retention": "P12M"}, False),
    ],
)
def test_personal_mark(values, is_encrypted):
    assert Marking("personal", **values).is_encrypted is is_encrypted


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "needs a category"),
        ({"category": "shoe_size"}, "unknown category 'shoe_size'"),
        ({"category": "identity", "audience": "everyone"}, "unknown audience 'everyone'"),
        ({"category": "health"}, "needs purpose="),
        ({"category": "child", "audience": "public", "purpose": PURPOSE}, "may not be public"),
        ({"category": "identity", "retention": "a while"}, "'a while' is not like"),
        ({"category": "identity", "retention": "P2D before x"}, "is not like"),
    ],
)
def test_mark_that_contradicts_itself(values, words):
    with pytest.raises(ValueError, match=words):
        Marking("personal", **values)


def test_public_field_may_not_be_sensitive():
    with pytest.raises(ValueError, match="may not be public"):
        Marking("neutral", "public", "judicial", purpose=PURPOSE)


def test_neutral_and_subject_are_never_encrypted():
    assert not Marking("neutral", "sealed").is_encrypted
    assert not Marking("subject", role="author").is_encrypted


def test_as_dict_leaves_empty_members_out():
    assert Marking("subject", role="author").as_dict() == {
        "kind": "subject",
        "audience": "staff",
        "on_erase": "delete",
        "role": "author",
    }
