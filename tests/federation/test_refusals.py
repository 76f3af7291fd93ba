"""Every document of the vectors is refused for the named reason, or accepted."""

import base64
import json
from pathlib import Path

import pytest

from entraide_federation import objects, profile
from entraide_federation.errors import Refusal

DATA = Path(__file__).parents[1] / "data/efp1"
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
AUTHENTIC_ONLY = {"not-nfc", "nfc-singleton", "version-301s-ahead"}


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
def test_what_is_only_unacceptable_still_counts_in_the_root(case, keyset, now):
    try:
        is_authentic = bool(objects.authenticate(read(case), keyset, now=now))
    except Refusal:
        is_authentic = False
    is_bad_tombstone = case["name"].startswith("tombstone-")
    assert is_authentic == (case["name"] in AUTHENTIC_ONLY or is_bad_tombstone)


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
