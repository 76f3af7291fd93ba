"""Every Keyset of the vectors says when its origin is silent, and what its keys go on proving."""

import json
from pathlib import Path

import pytest

from entraide_federation.protocol import heads, keysets, proofs, spelling
from entraide_federation.protocol.errors import KeysetBroken, Refusal

VECTORS = json.loads((Path(__file__).parents[1] / "data/efp1/keysets.json").read_text())
DOCUMENTS, STEPS = VECTORS["documents"], VECTORS["succession"]


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


@pytest.mark.parametrize("step", STEPS, ids=[step["to"] for step in STEPS])
def test_what_follows_it(step):
    now = spelling.parse_time(step["now"])
    before = load(step["from"], now)
    assert before.is_expired(now) == step["silent_before"]
    if step["follows"]:
        after = load(step["to"], now, previous=before)
        assert after.is_expired(now) == step["silent_after"]
        assert after.keys == before.keys
    else:
        with pytest.raises(KeysetBroken):
            load(step["to"], now, previous=before)


def test_the_default_life_is_ten_years():
    keyset = load("ten-years", spelling.parse_time("2026-01-01T00:00:00Z"))
    assert (keyset.expires - keyset.issued).days == keysets.DEFAULT.keyset_days
