"""Keysets: form, pinning, rotation, and what may never happen between two of them."""

from datetime import timedelta

import pytest

from entraide_federation.protocol import keysets, proofs, spelling
from entraide_federation.protocol.errors import (
    BadProfile,
    HeadRollback,
    KeysetBroken,
    Refusal,
    SchemaRefused,
    SignatureInvalid,
    VersionInFuture,
)
from entraide_federation.protocol.keysets import Key, make_keyset, read_keyset, verify_keyset

ORIGIN = "https://clamecy.example"
ROOT_1, ROOT_2 = (spelling.method_of(ORIGIN, name) for name in ("r1", "r2"))
K1, K2 = (spelling.method_of(ORIGIN, name) for name in ("k1", "k2"))
NEW_ROOT = proofs.generate_key(b"2" * 32)
STRANGER = proofs.generate_key(b"9" * 32)
PUBLIC = {name: proofs.public_key(proofs.generate_key(name * 32)) for name in (b"a", b"b")}


@pytest.fixture
def second(keyset_arguments):
    """The arguments of the Keyset that follows."""
    return {**keyset_arguments, "version": 2}


def change(document, **members):
    return {**document, **members}


def test_a_keyset_says_what_it_was_made_of(keyset, keyset_arguments, root_key):
    assert keyset.version == 1
    assert keyset.roots == keyset_arguments["roots"]
    assert list(keyset.keys.values()) == keyset_arguments["keys"]
    assert keyset.moved_to is None
    assert keyset.fingerprints == {proofs.root_fingerprint(proofs.public_key(root_key))}


def test_first_contact_with_a_pin(keyset, now, root_key):
    pin = proofs.root_fingerprint(proofs.public_key(root_key))
    assert verify_keyset(keyset.document, now=now, pinned=pin) == keyset
    other = proofs.root_fingerprint(proofs.public_key(STRANGER))
    with pytest.raises(KeysetBroken, match="pinned"):
        verify_keyset(keyset.document, now=now, pinned=other)


def test_a_development_origin_only_in_development(keyset_arguments, now):
    origin = "http://127.0.0.1:5001"
    root, key = (spelling.method_of(origin, name) for name in ("r1", "k1"))
    old = keyset_arguments
    arguments = {
        "origin": origin,
        "roots": {root: next(iter(old["roots"].values()))},
        "keys": [Key(key, PUBLIC[b"a"])],
        "signers": {root: next(iter(old["signers"].values()))},
        "moved_to": "http://127.0.0.1:5002",
    }
    document = make_keyset(**{**old, **arguments})
    keyset = verify_keyset(document, now=now, development=True)
    assert (keyset.origin, keyset.moved_to) == (origin, "http://127.0.0.1:5002")
    with pytest.raises(SchemaRefused) as caught:
        verify_keyset(document, now=now)
    assert caught.value.reason == "origin"


def test_rotation_of_the_publishing_key(keyset, second, now):
    keys = [*second["keys"], Key(K2, PUBLIC[b"a"])]
    document = make_keyset(**{**second, "keys": keys})
    follower = verify_keyset(document, now=now, previous=keyset)
    assert list(follower.keys) == [K1, K2]


def test_rotation_of_the_root_needs_both(keyset, second, root_method, root_key, now):
    roots = {ROOT_2: proofs.public_key(NEW_ROOT)}
    both = {root_method: root_key, ROOT_2: NEW_ROOT}
    document = make_keyset(**{**second, "roots": roots, "signers": both})
    assert verify_keyset(document, now=now, previous=keyset).roots == roots
    for signers, sentence in (
        ({ROOT_2: NEW_ROOT}, "No root of the previous"),
        ({root_method: root_key}, "No root of this"),
    ):
        document = make_keyset(**{**second, "roots": roots, "signers": signers})
        with pytest.raises(KeysetBroken, match=sentence):
            verify_keyset(document, now=now, previous=keyset)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"signers": {ROOT_1: STRANGER}}, "signature does not match"),
        ({"signers": {ROOT_2: STRANGER}}, "No root of this"),
        ({"signers": {}}, "proof is a list"),
        ({"keys": [Key(K1, PUBLIC[b"b"])]}, "given to another key"),
        ({"keys": [Key(ROOT_1, PUBLIC[b"b"])], "roots": "new"}, "was a root"),
        ({"roots": "reused"}, "given to another key"),
    ],
)
def test_a_keyset_that_does_not_follow(
    keyset, second, root_method, root_key, now, arguments, sentence
):
    both = {root_method: root_key, ROOT_2: NEW_ROOT}
    if arguments.get("roots") == "new":
        new = {ROOT_2: proofs.public_key(NEW_ROOT)}
        arguments = {**arguments, "roots": new, "signers": both}
    elif arguments.get("roots") == "reused":
        roots = {**second["roots"], K1: proofs.public_key(NEW_ROOT)}
        arguments = {"roots": roots, "keys": [Key(K2, PUBLIC[b"a"])]}
    document = make_keyset(**{**second, **arguments})
    with pytest.raises(KeysetBroken, match=sentence):
        verify_keyset(document, now=now, previous=keyset)


def test_a_revoked_key_stays_revoked(keyset, second, keyset_arguments, now):
    revoked = Key(K1, keyset_arguments["keys"][0].raw, revoked_at=now, revoked_reason="lost")
    document = make_keyset(**{**second, "keys": [revoked, Key(K2, PUBLIC[b"a"])]})
    follower = verify_keyset(document, now=now, previous=keyset)
    assert follower.keys[K1] == revoked
    third = make_keyset(**{**second, "version": 3})
    with pytest.raises(KeysetBroken, match="may not return"):
        verify_keyset(third, now=now, previous=follower)
    silent = Key(K1, None, revoked_at=now)
    third = make_keyset(**{**second, "version": 3, "keys": [silent]})
    assert verify_keyset(third, now=now, previous=follower).keys[K1].raw is None


def test_a_root_id_may_not_be_given_away(keyset, second, now):
    raw = proofs.public_key(STRANGER)
    document = make_keyset(**{**second, "roots": {ROOT_1: raw}, "signers": {ROOT_1: STRANGER}})
    with pytest.raises(KeysetBroken):
        verify_keyset(document, now=now, previous=keyset)


def test_one_version_is_one_keyset(keyset, keyset_arguments, now):
    assert verify_keyset(keyset.document, now=now, previous=keyset) == keyset
    other = make_keyset(**{**keyset_arguments, "keys": [Key(K2, PUBLIC[b"a"])]})
    with pytest.raises(KeysetBroken, match="one version"):
        verify_keyset(other, now=now, previous=keyset)


def test_an_older_keyset_is_no_news(keyset, second, now):
    follower = verify_keyset(make_keyset(**second), now=now, previous=keyset)
    with pytest.raises(HeadRollback):
        verify_keyset(keyset.document, now=now, previous=follower)


def test_another_origin_never_follows(keyset, keyset_arguments, root_key, now):
    origin = "https://lille-sud.example"
    root, key = (spelling.method_of(origin, name) for name in ("r1", "k1"))
    arguments = {
        "origin": origin,
        "version": 2,
        "roots": {root: proofs.public_key(root_key)},
        "keys": [Key(key, PUBLIC[b"a"])],
        "signers": {root: root_key},
    }
    document = make_keyset(**{**keyset_arguments, **arguments})
    with pytest.raises(KeysetBroken, match="another origin"):
        verify_keyset(document, now=now, previous=keyset)


def test_a_keyset_from_the_future(keyset_arguments, now):
    ahead = {**keyset_arguments, "issued": now + timedelta(seconds=301)}
    with pytest.raises(VersionInFuture):
        verify_keyset(make_keyset(**ahead), now=now)
    ahead["issued"] = now + timedelta(seconds=300)
    assert verify_keyset(make_keyset(**ahead), now=now)


def test_a_key_of_another_kind_proves_nothing(keyset_arguments, now):
    document = make_keyset(**keyset_arguments)
    other = {"id": K2, "publicKeyMultibase": "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"}
    keyset = read_keyset(change(document, keys=[*document["keys"], other]))
    assert keyset.key_for(K1, now=now, vouched=False)
    with pytest.raises(SignatureInvalid) as caught:
        keyset.key_for(K2, now=now, vouched=True)
    assert caught.value.reason == "key-unknown"


@pytest.mark.parametrize("proof", ["x", None, 7, ["x"], {}])
def test_proofs_that_are_no_proofs(keyset, now, proof):
    """An object of another kind says nothing; what is no object spoils the list."""
    document = change(keyset.document, proof=[*keyset.document["proof"], proof])
    if proof == {}:
        assert verify_keyset(document, now=now).fingerprints == keyset.fingerprints
        return
    with pytest.raises(KeysetBroken):
        verify_keyset(document, now=now)


def test_a_single_proof_is_not_a_list(keyset, now):
    document = change(keyset.document, proof=keyset.document["proof"][0])
    with pytest.raises(KeysetBroken, match="list"):
        verify_keyset(document, now=now)


def test_the_profile_holds_for_keysets_too(keyset, now):
    with pytest.raises(BadProfile):
        verify_keyset(change(keyset.document, version=1.5), now=now)


MULTIBASE = proofs.encode_multibase(PUBLIC[b"a"])


@pytest.mark.parametrize(
    "members",
    [
        {"type": "Keys"},
        {"origin": None},
        {"origin": "https://clamecy.example/"},
        {"version": 0},
        {"version": True},
        {"version": "1"},
        {"issued": "2026-01-01"},
        {"expires": None},
        {"expires": "2020-01-01T00:00:00Z"},
        {"movedTo": "clamecy.example"},
        {"root": []},
        {"root": None},
        {"keys": []},
        {"keys": {}},
        {"keys": ["k1"]},
        {"keys": [{"id": K1}]},
        {"keys": [{"id": "https://lille-sud.example/federation/actor#k1"}]},
        {"keys": [{"id": K1, "publicKeyMultibase": "z6Mk"}]},
        {"keys": [{"id": K1, "publicKeyMultibase": MULTIBASE, "notAfter": "soon"}]},
        {"keys": [{"id": K1, "revoked": "yes"}]},
        {"keys": [{"id": K1, "revoked": {"at": "yesterday", "reason": "lost"}}]},
        {"keys": [{"id": K1, "revoked": {"at": "2026-01-01T00:00:00Z"}}]},
        {"keys": [{"id": K1, "publicKeyMultibase": MULTIBASE}] * 2},
        {"keys": [{"id": ROOT_1, "publicKeyMultibase": MULTIBASE}]},
        {"root": [{"id": ROOT_1, "publicKeyMultibase": MULTIBASE}] * 2},
        {"root": [{"id": ROOT_1, "revoked": {"at": "2026-01-01T00:00:00Z", "reason": "x"}}]},
    ],
)
def test_forms_that_are_refused(keyset, members):
    with pytest.raises(SchemaRefused):
        read_keyset(change(keyset.document, **members))


def test_a_root_key_publishes_nothing(keyset_arguments, root_key):
    keys = [Key(K1, proofs.public_key(root_key))]
    with pytest.raises(SchemaRefused, match="publishes nothing"):
        read_keyset(make_keyset(**{**keyset_arguments, "keys": keys}))


def test_every_changed_member_breaks_the_keyset(keyset, now):
    for name in keyset.document:
        for document in (
            {key: value for key, value in keyset.document.items() if key != name},
            change(keyset.document, **{name: "changed"}),
        ):
            with pytest.raises((Refusal, KeysetBroken)):
                verify_keyset(document, now=now)


def test_limits_of_a_keyset_document(keyset):
    many = [{"id": spelling.method_of(ORIGIN, f"k{number}")} for number in range(51)]
    assert len(many) > keysets.MAX_KEYS
    with pytest.raises(SchemaRefused, match="1 to 50"):
        read_keyset(change(keyset.document, keys=many))
