"""Object proofs: Ed25519 keys, signing and verifying with `eddsa-jcs-2022` (FEP-8b32)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from entraide import clock
from entraide_federation.protocol import profile, spelling
from entraide_federation.protocol.errors import SchemaRefused, SignatureInvalid

KEY_BYTES = 32
SIGNATURE_BYTES = 64
PROOF_TYPE = "DataIntegrityProof"
SUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
MEMBERS = frozenset(
    {
        "@context",
        "type",
        "cryptosuite",
        "verificationMethod",
        "proofPurpose",
        "created",
        "proofValue",
    }
)
"""A proof has exactly these members: other readers rebuild its configuration from them alone."""

_ED25519_MULTICODEC = b"\xed\x01"
_ED25519_PREFIX = "z6Mk"
"""What those two bytes before 32 others are in base58btc."""
_BASE58 = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{1,90}")


class KeyLookup(Protocol):
    """What `verify` asks for keys; a `Keyset` is one."""

    @property
    def origin(self) -> str:
        """Return the origin whose keys these are."""
        ...

    def key_for(self, method: str, *, now: datetime, vouched: bool) -> bytes:
        """Return the 32 bytes of a publishing key; raise `SignatureInvalid` if it may not sign."""
        ...


def generate_key(randomness: bytes) -> Ed25519PrivateKey:
    """Return the key that 32 random bytes make; the same bytes make the same key again."""
    if len(randomness) != KEY_BYTES:
        raise ValueError(f"An Ed25519 key is made of {KEY_BYTES} bytes.")
    return Ed25519PrivateKey.from_private_bytes(randomness)


def key_seed(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 secret bytes that `generate_key` takes."""
    return key.private_bytes_raw()


def public_key(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 public bytes of a key."""
    return key.public_key().public_bytes_raw()


def encode_multibase(raw: bytes) -> str:
    """Return 32 public bytes as a Multikey (`z6Mk…`)."""
    return "z" + base58.b58encode(_ED25519_MULTICODEC + raw).decode()


def decode_multibase(value: object) -> bytes:
    """Return the 32 public bytes of a Multikey; raise `SignatureInvalid("base58")` otherwise."""
    raw = _decode_base58(value, len(_ED25519_MULTICODEC) + KEY_BYTES)
    if not raw.startswith(_ED25519_MULTICODEC):
        raise SignatureInvalid("base58", "The key is no Ed25519 Multikey.")
    return raw[len(_ED25519_MULTICODEC) :]


def is_other_kind(value: object) -> bool:
    """Return whether a Multikey is of another kind than the one that is known here."""
    return isinstance(value, str) and not value.startswith(_ED25519_PREFIX)


def root_fingerprint(raw: bytes) -> str:
    """Return what is pinned of a root key: `sha256:` and the digest of its 32 public bytes."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def sign(
    document: Mapping[str, Any], key: Ed25519PrivateKey, method: str, created: datetime
) -> dict[str, Any]:
    """Return a copy of `document` with a proof by `key`, whose id is `method`.

    Raises `BadProfile` rather than sign what no reader would take.
    """
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    profile.check(unsigned)
    return {**unsigned, "proof": make_proof(unsigned, key, method, created)}


def make_proof(
    unsigned: dict[str, Any], key: Ed25519PrivateKey, method: str, created: datetime
) -> dict[str, Any]:
    """Return the proof alone, of a document without one."""
    options: dict[str, Any] = {
        "@context": unsigned["@context"],
        "type": PROOF_TYPE,
        "cryptosuite": SUITE,
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
        "created": clock.rfc3339(created),
    }
    signature = key.sign(_digest(unsigned, options))
    return {**options, "proofValue": "z" + base58.b58encode(signature).decode()}


def verify(
    document: Mapping[str, Any], keys: KeyLookup, *, now: datetime, vouched: bool = False
) -> None:
    """Verify the proof of a document whose `origin` is that of `keys`.

    `vouched`: the document stands in a set whose root a current key signed, so form and key are
    checked and the signature is not. Raises `SignatureInvalid` with the reason `proof-form`,
    `proof-suite`, `proof-purpose`, `key-origin`, `key-unknown`, `key-revoked`, `key-expired`,
    `base58` or `signature`, and `SchemaRefused` for a malformed `created`.
    """
    proof = document.get("proof")
    method = check_form(proof, document, keys.origin)
    raw = keys.key_for(method, now=now, vouched=vouched)
    if not vouched:
        check_signature(document, proof, raw)


def find_problem(document: Mapping[str, Any], keys: KeyLookup, *, now: datetime) -> str | None:
    """Return why the proof of an object under a matched root does not hold, None when it does.

    The root is signed by a current key, so one past its `notAfter` still counts (rule 6).
    """
    proof = document.get("proof")
    try:
        raw = keys.key_for(check_form(proof, document, keys.origin), now=now, vouched=True)
        check_signature(document, proof, raw)
    except (SignatureInvalid, SchemaRefused) as error:
        return error.reason
    return None


def is_of_known_kind(proof: Any) -> bool:
    """Return whether a proof claims to be of the only kind that counts; others say nothing."""
    if not isinstance(proof, dict):
        return True
    return (proof.get("type"), proof.get("cryptosuite")) == (PROOF_TYPE, SUITE)


def check_form(proof: Any, document: Mapping[str, Any], origin: str) -> str:
    """Check everything of a proof but its signature and return its verification method."""
    if not isinstance(proof, dict) or proof.keys() != MEMBERS:
        raise SignatureInvalid("proof-form", "A proof has exactly its seven members.")
    if proof["@context"] != document.get("@context"):
        raise SignatureInvalid("proof-form", "The proof repeats the @context of its document.")
    if proof["type"] != PROOF_TYPE or proof["cryptosuite"] != SUITE:
        raise SignatureInvalid("proof-suite", f"Only {PROOF_TYPE} with {SUITE} counts.")
    if proof["proofPurpose"] != PURPOSE:
        raise SignatureInvalid("proof-purpose", f"The purpose is {PURPOSE}.")
    method: str = proof["verificationMethod"]
    if not spelling.is_method_of(method, origin):
        raise SignatureInvalid("key-origin", "The key belongs to another origin.")
    if spelling.parse_time(proof["created"]) is None:
        raise SchemaRefused("schema", "The proof's created is a time like 2026-01-05T10:00:00Z.")
    return method


def check_signature(document: Mapping[str, Any], proof: Any, raw: bytes) -> None:
    """Verify the signature of a well-formed proof with 32 public bytes."""
    signature = _decode_base58(proof["proofValue"], SIGNATURE_BYTES)
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        _load_public(raw).verify(signature, _digest(unsigned, options))
    except InvalidSignature as error:
        raise SignatureInvalid("signature", "The signature does not match.") from error


def _digest(unsigned: dict[str, Any], options: dict[str, Any]) -> bytes:
    """Return what is signed: both SHA-256 digests (Data Integrity EdDSA, section 3.3.4)."""
    first = hashlib.sha256(profile.canonical(options)).digest()
    return first + hashlib.sha256(profile.canonical(unsigned)).digest()


def _decode_base58(value: object, size: int) -> bytes:
    # The pattern first: the library trims blanks, and decoding takes quadratic time.
    if not isinstance(value, str) or not _BASE58.fullmatch(value):
        raise SignatureInvalid("base58", "Keys and signatures are base58btc after a z.")
    raw = base58.b58decode(value[1:])
    if len(raw) != size:
        raise SignatureInvalid("base58", f"Expected {size} bytes, not {len(raw)}.")
    return raw


@lru_cache(maxsize=1024)
def _load_public(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)
