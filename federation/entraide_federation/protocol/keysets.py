"""Keysets: which keys speak for an origin, and how one Keyset follows from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entraide import clock
from entraide_federation.protocol import profile, proofs, spelling
from entraide_federation.protocol.errors import (
    HeadRollback,
    KeysetBroken,
    Refusal,
    SchemaRefused,
    SignatureInvalid,
    VersionInFuture,
)
from entraide_federation.protocol.limits import DEFAULT, Limits

MAX_KEYS = 50
"""Publishing keys in one Keyset; revoked ones stay listed."""
MAX_ROOTS = 4


@dataclass(frozen=True)
class Key:
    """A key: `raw` is its 32 public bytes, absent of one that is revoked or of another kind."""

    id: str
    raw: bytes | None
    not_after: datetime | None = None
    revoked_at: datetime | None = None
    revoked_reason: str = "compromised"

    def as_member(self) -> dict[str, Any]:
        """Return the key as it stands in the Keyset."""
        member: dict[str, Any] = {"id": self.id}
        if self.raw is not None:
            member["publicKeyMultibase"] = proofs.encode_multibase(self.raw)
        if self.not_after:
            member["notAfter"] = clock.rfc3339(self.not_after)
        if self.revoked_at:
            at = clock.rfc3339(self.revoked_at)
            member["revoked"] = {"at": at, "reason": self.revoked_reason}
        return member


@dataclass(frozen=True)
class Keyset:
    """The keys of one origin: `roots` sign Keysets only, `keys` everything else."""

    origin: str
    version: int
    issued: datetime
    expires: datetime
    roots: Mapping[str, bytes]
    keys: Mapping[str, Key]
    moved_to: str | None
    document: dict[str, Any] = field(repr=False, compare=False)

    @property
    def fingerprints(self) -> frozenset[str]:
        """Return what may be pinned: the fingerprints of the root keys that signed.

        Who makes a Keyset may list any root, somebody else's too. Of a verified Keyset only: all
        of its proofs hold.
        """
        known = filter(proofs.is_of_known_kind, self.document["proof"])
        signed = {proof["verificationMethod"] for proof in known}.intersection(self.roots)
        return frozenset(proofs.root_fingerprint(self.roots[method]) for method in signed)

    def is_expired(self, now: datetime) -> bool:
        """Say whether the origin counts as silent until its root signs the next Keyset (rule 13).

        Its keys go on proving who signed: what they sign is followed, and nothing of it is bad.
        """
        return now > self.expires

    def is_ending(self, now: datetime, limits: Limits = DEFAULT) -> bool:
        """Say whether it is time to sign the next one: a year before the end, and after it."""
        return now > self.expires - timedelta(days=limits.keyset_warning_days)

    def key_for(self, method: str, *, now: datetime, vouched: bool) -> bytes:
        """Return the 32 bytes of a publishing key.

        A key past `notAfter` serves only `vouched` objects, those inside a set that matches a
        Head signed by a current key (rule 6). Raises `SignatureInvalid` with the reason
        `key-unknown`, `key-revoked` or `key-expired`. An expired Keyset still names its keys.
        """
        key = self.keys.get(method)
        if key is None:
            raise SignatureInvalid("key-unknown", "The key is not in the origin's Keyset.")
        if key.revoked_at:
            raise SignatureInvalid("key-revoked", "The key was revoked.")
        if key.raw is None:
            raise SignatureInvalid("key-unknown", "The key is of a kind that is not known here.")
        if key.not_after and now > key.not_after and not vouched:
            raise SignatureInvalid("key-expired", "The key is past its notAfter.")
        return key.raw


def make_keyset(
    *,
    origin: str,
    version: int,
    issued: datetime,
    expires: datetime,
    roots: Mapping[str, bytes],
    keys: Sequence[Key],
    signers: Mapping[str, Ed25519PrivateKey],
    moved_to: str | None = None,
) -> dict[str, Any]:
    """Return a Keyset document signed by every root key in `signers` (by key id)."""
    members = [
        {"id": method, "publicKeyMultibase": proofs.encode_multibase(raw)}
        for method, raw in roots.items()
    ]
    unsigned: dict[str, Any] = {
        "@context": profile.CONTEXT,
        "type": "Keyset",
        "origin": origin,
        "version": version,
        "issued": clock.rfc3339(issued),
        "expires": clock.rfc3339(expires),
        "root": members,
        "keys": [key.as_member() for key in keys],
        "movedTo": moved_to,
    }
    signed = [proofs.make_proof(unsigned, key, name, issued) for name, key in signers.items()]
    return {**unsigned, "proof": signed}


def read_keyset(document: dict[str, Any], *, development: bool = False) -> Keyset:
    """Read a Keyset without judging its signatures; raise `SchemaRefused` for its form."""
    origin = document.get("origin")
    if not spelling.is_origin(origin, development=development):
        raise SchemaRefused("origin", "The Keyset's origin is not spelled exactly.")
    name = str(origin)
    issued, expires = map(spelling.parse_time, (document.get("issued"), document.get("expires")))
    version, moved_to = document.get("version"), document.get("movedTo")
    _require(document.get("type") == "Keyset", "The type is Keyset.")
    _require(type(version) is int and version >= 1, "The version is an integer from 1.")
    if issued is None or expires is None or issued >= expires:
        raise SchemaRefused("schema", "issued and expires are times, in this order.")
    moved_well = moved_to is None or spelling.is_origin(moved_to, development=development)
    _require(moved_well, "movedTo is null or an origin.")
    roots, keys = _read_roots_and_keys(document, name)
    return Keyset(name, int(version or 0), issued, expires, roots, keys, moved_to, document)


def _read_roots_and_keys(
    document: dict[str, Any], origin: str
) -> tuple[dict[str, bytes], dict[str, Key]]:
    """Return the root keys, raw, and those that publish, by id; raise `SchemaRefused`."""
    listed = {key.id: key for key in _read_keys(document, "root", origin, MAX_ROOTS)}
    keys = {key.id: key for key in _read_keys(document, "keys", origin, MAX_KEYS)}
    has_names = (len(listed), len(keys)) == (len(document["root"]), len(document["keys"]))
    _require(has_names, "Every key has an id of its own.")
    _require(not any(key.revoked_at for key in listed.values()), "A root that ends is left out.")
    roots = {key.id: key.raw for key in listed.values() if key.raw}
    publishing = {key.raw for key in keys.values()}
    is_split = listed.keys().isdisjoint(keys) and publishing.isdisjoint(roots.values())
    _require(is_split, "A root key publishes nothing.")
    return roots, keys


def verify_keyset(
    document: dict[str, Any],
    *,
    now: datetime,
    previous: Keyset | None = None,
    pinned: str | None = None,
    development: bool = False,
    limits: Limits = DEFAULT,
) -> Keyset:
    """Return the Keyset if it follows from `previous`, else from the `pinned` root fingerprint.

    With neither it is trusted on first use: signed by one of its own roots. A later version is
    signed by a root of `previous` and by one of its own; ids are never given to another key and
    what was revoked stays so (rule 6). Raises `KeysetBroken`; `HeadRollback` for a version older
    than `previous`; `SchemaRefused`, `BadProfile` and `VersionInFuture` for the form.
    """
    profile.check(document)
    keyset = read_keyset(document, development=development)
    if keyset.issued > now + limits.document_skew:
        raise VersionInFuture("version-in-future", "The Keyset was issued in the future.")
    if previous and keyset.version < previous.version:
        raise HeadRollback("A later Keyset of this origin is known.")
    signers = _verify_proofs(keyset, previous)
    if signers.isdisjoint(keyset.roots.values()):
        raise KeysetBroken("No root of this Keyset signed it.")
    if previous:
        _check_succession(keyset, previous, signers)
    elif pinned and pinned not in set(map(proofs.root_fingerprint, signers)):
        raise KeysetBroken("The pinned root key did not sign this Keyset.")
    return keyset


def are_one_history(
    keysets: Iterable[Keyset], *, now: datetime, development: bool = False, limits: Limits = DEFAULT
) -> bool:
    """Return whether Keysets of one origin, from several tellers, follow from one another.

    A root in common proves nothing, since anybody can list it: each has to be signed by a root of
    the one before.
    """
    previous = None
    for keyset in sorted(keysets, key=attrgetter("version")):
        try:
            previous = verify_keyset(
                keyset.document, now=now, previous=previous, development=development, limits=limits
            )
        except (KeysetBroken, Refusal):
            return False
    return True


def _verify_proofs(keyset: Keyset, previous: Keyset | None) -> set[bytes]:
    """Return the public bytes of the roots whose proofs hold; one that does not is an error.

    What nobody here can judge says nothing: a proof of another kind, or by a root that this
    Keyset no longer lists and that is not known from the one before.
    """
    proof_list = keyset.document.get("proof")
    if not isinstance(proof_list, list) or not 1 <= len(proof_list) <= 2 * MAX_ROOTS:
        raise KeysetBroken("A Keyset's proof is a list.")
    signers: set[bytes] = set()
    known = {**(previous.roots if previous else {}), **keyset.roots}
    for proof in filter(proofs.is_of_known_kind, proof_list):
        try:
            method = proofs.check_form(proof, keyset.document, keyset.origin)
            if method in known:
                proofs.check_signature(keyset.document, proof, known[method])
                signers.add(known[method])
        except (SignatureInvalid, SchemaRefused) as error:
            raise KeysetBroken(error.detail, reason=error.reason) from error
    return signers


def _check_succession(keyset: Keyset, previous: Keyset, signers: set[bytes]) -> None:
    if keyset.origin != previous.origin:
        raise KeysetBroken("The Keyset is of another origin.")
    if keyset.version == previous.version:
        if profile.canonical(keyset.document) != profile.canonical(previous.document):
            raise KeysetBroken("Two Keysets have one version.")
        return
    if signers.isdisjoint(previous.roots.values()):
        raise KeysetBroken("No root of the previous Keyset signed this one.")
    for method, key in keyset.keys.items():
        _check_key_kept(key, previous.keys.get(method))
        if method in previous.roots:
            raise KeysetBroken(f"{method} was a root key.")
    for method, raw in keyset.roots.items():
        if method in previous.keys or previous.roots.get(method, raw) != raw:
            raise KeysetBroken(f"{method} was given to another key.")


def _check_key_kept(key: Key, before: Key | None) -> None:
    if before is None:
        return
    if key.raw is not None and before.raw is not None and key.raw != before.raw:
        raise KeysetBroken(f"{key.id} was given to another key.")
    if before.revoked_at and not key.revoked_at:
        raise KeysetBroken(f"{key.id} was revoked and may not return.")


def _read_keys(document: dict[str, Any], name: str, origin: str, maximum: int) -> list[Key]:
    members = document.get(name)
    if not isinstance(members, list) or not 1 <= len(members) <= maximum:
        raise SchemaRefused("schema", f"{name} lists 1 to {maximum} keys.")
    return [_read_key(member, origin) for member in members]


def _read_key(member: Any, origin: str) -> Key:
    if not isinstance(member, dict) or not spelling.is_method_of(member.get("id"), origin):
        raise SchemaRefused("schema", "A key is an object whose id is under its origin.")
    revoked, not_after = member.get("revoked"), member.get("notAfter")
    raw = None
    if "publicKeyMultibase" in member or revoked is None:
        raw = _read_public(member.get("publicKeyMultibase"))
    ends = spelling.parse_time(not_after)
    _require(not_after is None or ends is not None, "notAfter is a time.")
    if revoked is None:
        return Key(member["id"], raw, ends)
    at = spelling.parse_time(revoked.get("at")) if isinstance(revoked, dict) else None
    if at is None or not isinstance(revoked.get("reason"), str):
        raise SchemaRefused("schema", "revoked says at and reason.")
    return Key(member["id"], raw, ends, at, revoked["reason"])


def _read_public(value: object) -> bytes | None:
    """Return the 32 bytes of a key, None when it is of a kind that is not known here (rule 20)."""
    try:
        return None if proofs.is_other_kind(value) else proofs.decode_multibase(value)
    except SignatureInvalid as error:
        raise SchemaRefused("schema", str(error.detail)) from error


def _require(condition: bool, sentence: str) -> None:  # noqa: FBT001 - a private guard
    if not condition:
        raise SchemaRefused("schema", sentence)
