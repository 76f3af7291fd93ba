"""Proofs: the vectors of others, every single change refused, and keys in one spelling only."""

import copy
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import base58
import pytest

from entraide_federation.protocol import keysets, profile, proofs
from entraide_federation.protocol.errors import BadProfile, Refusal, SignatureInvalid

FEATURE = Path(__file__).parents[2] / "data/fep-8b32/fep-8b32.feature"
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


def read_feature():
    """Return the document, the signed document and the secret seed of the FEP's scenario."""
    source = FEATURE.read_text()
    blocks = [json.loads(block) for block in re.findall(r'"""(.*?)"""', source, re.DOTALL)]
    secret = re.search(r'secret key "z([^"]+)"', source)[1]
    return blocks[0], blocks[1], base58.b58decode(secret)[2:34]


def test_the_vector_of_fep_8b32_is_signed_to_the_byte():
    document, signed, seed = read_feature()
    key = proofs.generate_key(seed)
    created = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
    method = signed["proof"]["verificationMethod"]
    assert proofs.make_proof(document, key, method, created) == signed["proof"]
    proofs.check_signature(signed, signed["proof"], proofs.public_key(key))


@pytest.mark.parametrize("index", range(4))
def test_our_vectors_are_signed_to_the_byte(vectors, key, method, index):
    expected = vectors["objects"][index]["signed"]
    created = datetime(2026, 1, 6, 10, 0, tzinfo=UTC)
    assert proofs.sign(expected, key, method, created) == expected


def test_signing_refuses_what_no_reader_would_take(signed, key, method, now):
    with pytest.raises(BadProfile):
        proofs.sign({**signed, "places": 1.5}, key, method, now)


def test_signing_and_verifying_leave_the_document_alone(signed, key, method, keyset, now):
    document = copy.deepcopy(signed)
    proofs.sign(document, key, method, now)
    proofs.verify(document, keyset, now=now)
    proofs.verify(document, keyset, now=now)
    assert document == signed


def refusal_of(document, keyset, now, **options):
    with pytest.raises(Refusal) as caught:
        proofs.verify(document, keyset, now=now, **options)
    return caught.value.reason


def test_every_changed_byte_of_an_object_is_refused(signed, keyset, now):
    line = profile.canonical(signed)
    refused = 0
    for place in range(len(line)):
        for bit in (1, 32, 128):
            changed = bytearray(line)
            changed[place] ^= bit
            try:
                document = profile.decode(bytes(changed))
                proofs.verify(document, keyset, now=now)
            except Refusal:
                refused += 1
    assert refused == 3 * len(line)


def mutations(signed):
    for name in signed:
        yield {key: value for key, value in signed.items() if key != name}
        yield {**signed, name: "changed"}
    yield {**signed, "later": "x"}
    for name in signed["proof"]:
        less = {key: value for key, value in signed["proof"].items() if key != name}
        yield {**signed, "proof": less}
        yield {**signed, "proof": {**signed["proof"], name: "changed"}}
        yield {**signed, "proof": {**signed["proof"], name: [signed["proof"][name]]}}


def test_every_changed_member_is_refused(signed, keyset, now):
    for document in mutations(signed):
        refusal_of(document, keyset, now)


def test_a_malleated_signature_is_refused(signed, keyset, now):
    raw = base58.b58decode(signed["proof"]["proofValue"][1:])
    scalar = int.from_bytes(raw[32:], "little") + GROUP_ORDER
    malleated = raw[:32] + scalar.to_bytes(32, "little")
    value = "z" + base58.b58encode(malleated).decode()
    document = {**signed, "proof": {**signed["proof"], "proofValue": value}}
    assert refusal_of(document, keyset, now) == "signature"


@pytest.mark.parametrize("spell", [" {}", "{} ", "{}\n", "z{}", "{}0", "{}" + "1" * 90, "m{}"])
def test_a_signature_has_one_spelling(signed, keyset, now, spell):
    value = spell.format(signed["proof"]["proofValue"])
    document = {**signed, "proof": {**signed["proof"], "proofValue": value}}
    assert refusal_of(document, keyset, now) == "base58"


def test_vouched_objects_need_form_and_key_but_no_signature(signed, keyset, now):
    changed = {**signed, "title": "x"}
    proofs.verify(changed, keyset, now=now, vouched=True)
    stripped = {**changed, "proof": {**signed["proof"], "proofPurpose": "authentication"}}
    assert refusal_of(stripped, keyset, now, vouched=True) == "proof-purpose"


def test_keys_come_from_32_bytes_and_go_back():
    key = proofs.generate_key(bytes(range(32)))
    assert proofs.key_seed(key) == bytes(range(32))
    assert proofs.public_key(proofs.generate_key(bytes(range(32)))) == proofs.public_key(key)
    with pytest.raises(ValueError, match="32 bytes"):
        proofs.generate_key(b"short")


def test_multikeys_of_the_vectors(vectors):
    for entry in vectors["keys"].values():
        raw = proofs.public_key(proofs.generate_key(bytes.fromhex(entry["seed_hex"])))
        assert proofs.encode_multibase(raw) == entry["publicKeyMultibase"]
        assert proofs.decode_multibase(entry["publicKeyMultibase"]) == raw


@pytest.mark.parametrize(
    "value",
    [None, 5, "", "z", "z6Mk", "u7QE", "z" + base58.b58encode(b"\x12\x00" + bytes(32)).decode()],
)
def test_other_multikeys_are_refused(value):
    with pytest.raises(SignatureInvalid):
        proofs.decode_multibase(value)


def test_a_root_fingerprint_is_a_plain_digest():
    empty = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    assert proofs.root_fingerprint(bytes(32)) == f"sha256:{empty}"


@pytest.mark.parametrize(
    ("change", "vouched", "reason"),
    [
        ({"not_after": timedelta(seconds=-1)}, False, "key-expired"),
        ({"not_after": timedelta(seconds=-1)}, True, None),
        ({"not_after": timedelta(0)}, False, None),
        ({"revoked_at": timedelta(days=-9)}, False, "key-revoked"),
        ({"revoked_at": timedelta(days=-9)}, True, "key-revoked"),
        ({"revoked_at": timedelta(days=-9), "raw": None}, True, "key-revoked"),
    ],
)
def test_a_key_counts_in_its_time(
    signed, keyset_arguments, key, method, now, change, vouched, reason
):
    fields = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in change.items()
    }
    entry = keysets.Key(**{"id": method, "raw": proofs.public_key(key), **fields})
    document = keysets.make_keyset(**{**keyset_arguments, "keys": [entry]})
    keyset = keysets.verify_keyset(document, now=now)
    assert keyset.keys[method] == entry
    if reason is None:
        proofs.verify(signed, keyset, now=now, vouched=vouched)
    else:
        assert refusal_of(signed, keyset, now, vouched=vouched) == reason


@pytest.mark.parametrize("years", [0, 1, 10])
def test_what_the_keys_of_an_expired_keyset_signed_is_no_forgery(signed, keyset, years):
    late = keyset.expires + timedelta(days=365 * years, seconds=1)
    assert not keyset.is_expired(keyset.expires)
    assert keyset.is_expired(late)
    proofs.verify(signed, keyset, now=late)
    assert refusal_of({**signed, "title": "Autre"}, keyset, late) == "signature"


def test_a_keyset_ends_a_year_before_it_expires(keyset):
    assert not keyset.is_ending(keyset.expires - timedelta(days=365))
    assert keyset.is_ending(keyset.expires - timedelta(days=364))
    assert keyset.is_ending(keyset.expires + timedelta(days=3650))


def test_root_keys_sign_only_keysets(signed, keyset, root_key, root_method, now):
    document = proofs.sign(signed, root_key, root_method, now)
    assert refusal_of(document, keyset, now) == "key-unknown"
