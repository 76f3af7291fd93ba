"""Every Keyset of the vectors says when its origin is silent, and what its keys go on proving."""

import json
import runpy
from pathlib import Path

import pytest

from entraide_federation.protocol import heads, keysets, proofs, spelling
from entraide_federation.protocol.errors import KeysetBroken, Refusal

VECTORS = json.loads((Path(__file__).parents[2] / "data/efp1/keysets.json").read_text())
DOCUMENTS, STEPS, ALONE = VECTORS["documents"], VECTORS["succession"], VECTORS["alone"]
MINIMAL = runpy.run_path(str(Path(__file__).parents[1] / "minimal_reader.py"))


def load(name, moment, **options):
    return keysets.verify_keyset(VECTORS["keysets"][name], now=moment, **options)


@pytest.mark.parametrize("case", DOCUMENTS, ids=[case["name"] for case in DOCUMENTS])
def test_a_document_under_it(case):
    now = spelling.parse_time(case["now"])
    keyset = load(case["keyset"], now)
    assert keyset.is_expired(now) == case["silent"]
    if not case["authentic"]:
        with pytest.raises(Refusal) as caught:
            proofs.verify(case["document"], keyset, now=now)
        assert caught.value.reason == "signature"
        return
    proofs.verify(case["document"], keyset, now=now)
    if case["document"]["type"] == "Head":
        head = heads.read_head(case["document"])
        verdict = heads.check_head(head, None, now, keyset_expires=keyset.expires)
        assert verdict.is_fresh(now) != case["silent"]


def check_minimally(case, pinned):
    """Return whose signature the minimal reader names."""
    keyset, now = VECTORS["keysets"][case["keyset"]], spelling.parse_time(case["now"])
    _keys, told = MINIMAL["check_keyset"](keyset, VECTORS["origin"], pinned, now)
    return told["fingerprint"]


@pytest.mark.parametrize("case", ALONE, ids=[case["keyset"] for case in ALONE])
def test_by_itself(case):
    """A Keyset may list any root: what may be pinned is who signed it, for both readers."""
    now = spelling.parse_time(case["now"])
    assert load(case["keyset"], now).fingerprints == {*case["signers"]}
    for pinned in (None, *case["signers"]):
        assert load(case["keyset"], now, pinned=pinned)
        assert check_minimally(case, pinned) in case["signers"]
    for other in {root for one in ALONE for root in one["signers"]}.difference(case["signers"]):
        with pytest.raises(KeysetBroken):
            load(case["keyset"], now, pinned=other)
        with pytest.raises(ValueError, match="pinned"):
            check_minimally(case, other)


@pytest.mark.parametrize("step", STEPS, ids=[step["to"] for step in STEPS])
def test_what_follows_it(step):
    now = spelling.parse_time(step["now"])
    before = load(step["from"], now)
    assert before.is_expired(now) == step["silent_before"]
    if step["follows"]:
        after = load(step["to"], now, previous=before)
        assert after.is_expired(now) == step["silent_after"]
        assert before.keys.items() <= after.keys.items()
    else:
        with pytest.raises(KeysetBroken):
            load(step["to"], now, previous=before)


def test_the_default_life_is_ten_years():
    keyset = load("ten-years", spelling.parse_time("2026-01-01T00:00:00Z"))
    assert (keyset.expires - keyset.issued).days == keysets.DEFAULT.keyset_days
