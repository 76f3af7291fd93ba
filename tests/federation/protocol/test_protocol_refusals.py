"""Every document of the vectors is refused for the named reason, or accepted."""

import base64
import json
from pathlib import Path

import pytest

from entraide_federation.protocol import objects, profile
from entraide_federation.protocol.errors import Refusal

DATA = Path(__file__).parents[2] / "data/efp1"
REFUSALS = json.loads((DATA / "refusals.json").read_text())
VECTORS = json.loads((DATA / "vectors.json").read_text())
REASONS = {
    "duplicate-key": "duplicate-key",
    "float": "float",
    "exponent": "float",
    "nan": "not-json",
    "integer-too-large": "integer-range",
    "lone-surrogate": "surrogate",
    "nul": "control",
    "bom": "bom",
    "utf-16": "utf-8",
    # This one was changed after signing, so it falls for its signature already.
    "not-nfc": "signature",
    "too-deep": "depth",
    "bad-key-name": "key-name",
    "unknown-context": "context",
    "context-list": "context",
    "title-changed": "signature",
    "proof-other-suite": "proof-suite",
    "proof-other-purpose": "proof-purpose",
    "proof-value-flipped": "signature",
    "key-of-another-origin": "key-origin",
    "id-of-another-origin": "id-origin",
    "version-in-future": "version-in-future",
}


def read(case):
    return base64.b64decode(case["document_base64"])


def names(cases):
    return [case["name"] for case in cases]


def judge(raw, keyset, now):
    """Return the reason of the refusal, or None."""
    try:
        authentic = objects.authenticate(raw, keyset, now=now)
        objects.acceptable(authentic.document, now=now)
    except Refusal as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize("case", REFUSALS["refuse"], ids=names(REFUSALS["refuse"]))
def test_a_document_is_refused_by_its_own_guard(case, keyset, now):
    assert judge(read(case), keyset, now) == case["why"]


@pytest.mark.parametrize("case", VECTORS["refuse"], ids=names(VECTORS["refuse"]))
def test_a_vector_is_refused_by_its_own_guard(case, keyset, now):
    assert judge(read(case), keyset, now) == REASONS.get(case["name"], "id-origin")


@pytest.mark.parametrize("case", REFUSALS["accept"], ids=names(REFUSALS["accept"]))
def test_a_document_is_accepted(case, keyset, now):
    assert judge(read(case), keyset, now) is None


@pytest.mark.parametrize("case", REFUSALS["accept"], ids=names(REFUSALS["accept"]))
def test_the_fast_way_sees_the_same_object(case, keyset, now):
    slow = objects.authenticate(read(case), keyset, now=now)
    assert objects.authenticate_line(slow.canonical, keyset, now=now) == slow


@pytest.mark.parametrize("case", REFUSALS["refuse"], ids=names(REFUSALS["refuse"]))
def test_what_breaks_no_rule_of_the_profile_counts_in_the_root(case, keyset, now):
    """Rule 20: context, type, proof and schema decide what is shown, not what counts.

    The vectors were written before that rule. What they refuse is still refused, for the same
    reason, and so not shown; `COUNTS` names those that stay under their origin's root all the same.
    """
    document = profile.parse_loosely(read(case))
    try:
        counted = objects.count(document, keyset, now=now)
    except Refusal:
        assert not counts(case)
        return
    assert counts(case) or counted.is_doubtful or case["why"] in CUT_BEFORE
    if counts(case) and case["why"] not in ("nfc", "version-in-future", "schema"):
        assert counted.problem == case["why"]


CUT_BEFORE = ("duplicate-key", "float", "integer-range", "bom", "utf-8", "not-json")
"""What the parser of the page has to find: parsed once more, nothing is left of it."""


def counts(case):
    """Say whether an item counts under rule 20: the profile, its origin, its id and its version."""
    breaks_profile = case["why"] in ("control", "depth", "key-name", "too-large", *CUT_BEFORE)
    is_named = case["why"] not in ("origin", "id-origin") and not case["name"].startswith(
        "version-"
    )
    return (not breaks_profile and is_named and case["name"] != "array") or (
        case["name"] == "version-301s-ahead"
    )


@pytest.mark.parametrize("case", REFUSALS["refuse"], ids=names(REFUSALS["refuse"]))
def test_the_fast_decoder_lets_through_nothing_that_the_slow_one_refuses(case):
    raw = read(case)
    try:
        fast = profile.decode_canonical(raw)
    except Refusal:
        return
    assert fast == profile.decode(raw)


def test_a_refusal_is_a_problem_that_names_its_reason(keyset, now):
    case = next(case for case in REFUSALS["refuse"] if case["name"] == "float")
    with pytest.raises(Refusal) as caught:
        objects.authenticate(read(case), keyset, now=now)
    problem = caught.value.as_problem()
    assert problem["type"] == "https://entraide.example/ns/federation/errors#bad-profile"
    assert problem["status"] == 400
    assert problem["reason"] == "float"
    assert "string" in problem["detail"]


def test_a_refusal_without_a_sentence_still_says_something():
    assert str(Refusal("float")) == "Something went wrong on our side (float)."
