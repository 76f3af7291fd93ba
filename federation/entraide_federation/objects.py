"""Objects that travel: which are authentic, which are acceptable, and which of two wins."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from entraide import text
from entraide.errors import BadText
from entraide_federation import checks, profile, proofs, spelling
from entraide_federation.errors import SchemaRefused, TooLarge, VersionInFuture
from entraide_federation.limits import DEFAULT, Limits

TERMINAL = frozenset({"erasure", "moderation"})
"""Reasons of a Tombstone after which no version of the object may come back (R7)."""


class Authentic(NamedTuple):
    """An object whose profile, id, origin, version, key and proof hold; it counts in the root."""

    document: dict[str, Any]
    id: str
    origin: str
    type: str
    version: int
    element: bytes
    canonical: bytes

    @property
    def is_tombstone(self) -> bool:
        """Say whether the object is a Tombstone."""
        return self.type == "Tombstone"

    @property
    def is_terminal(self) -> bool:
        """Say whether the object is a Tombstone that nothing revives."""
        return self.is_tombstone and self.document.get("reason") in TERMINAL

    @property
    def rank(self) -> tuple[bool, int, bool, bytes]:
        """Return the sort key of rule 5: the greater of two forms of one object wins."""
        return self.is_terminal, self.version, self.is_tombstone, self.element


def authenticate(
    source: bytes | dict[str, Any],
    keys: proofs.KeyLookup,
    *,
    now: datetime,
    vouched: bool = False,
    limits: Limits = DEFAULT,
) -> Authentic:
    """Return the object if it is authentic: profile, id, origin, version, key and proof.

    `source` is bytes, or an item parsed with the page it came in. `vouched` leaves the signature
    to the Head whose root covers the object. Raises a `Refusal` whose reason names the rule.
    """
    if isinstance(source, bytes):
        document = profile.decode(source, limits.object_bytes)
    else:
        document = source
        profile.check(document)
    canonical = profile.canonical(document)
    if len(canonical) > limits.object_bytes:
        raise TooLarge("too-large", f"An object has at most {limits.object_bytes} bytes.")
    return _authenticate(document, canonical, keys, now, vouched=vouched)


def authenticate_line(
    line: bytes,
    keys: proofs.KeyLookup,
    *,
    now: datetime,
    limits: Limits = DEFAULT,
    parsed: dict[str, Any] | None = None,
) -> Authentic:
    """Return the object in one canonical snapshot line, whose signature the Head's root covers.

    Like `authenticate` with `vouched`, several times faster. `line` comes without its line feed,
    `parsed` from `profile.parse_loosely` where somebody has looked already.
    """
    document = profile.decode_canonical(line, limits.object_bytes, parsed=parsed)
    return _authenticate(document, line, keys, now, vouched=True)


def acceptable(
    document: dict[str, Any],
    *,
    now: datetime,
    limits: Limits = DEFAULT,
    canonical: bytes | None = None,
) -> None:
    """Judge whether an authentic object may be shown (rule 7); judged again at each poll.

    `canonical` saves writing the canonical form again where it is at hand.
    Raises `SchemaRefused` (`schema` or `nfc`), `VersionInFuture` or `TooLarge` (keys). Unknown
    types and members pass: they are kept and relayed.
    """
    if document["version"] > _latest_version(now, limits.document_skew):
        raise VersionInFuture("version-in-future", "The version is over five minutes ahead.")
    if canonical is None:
        canonical = profile.canonical(document)
    _check_marks(canonical)
    if not _is_normal(document, canonical):
        raise SchemaRefused("nfc", "Every string is in Unicode normal form C.")
    # Each key stands before a colon, so only documents with many colons need counting.
    if canonical.count(b":") > limits.object_keys and _count_keys(document) > limits.object_keys:
        raise TooLarge("too-large", f"An object has at most {limits.object_keys} keys.")
    check = checks.BY_TYPE.get(document["type"])
    if check and (mistake := check(document)):
        raise SchemaRefused("schema", mistake)


def is_shown_type(document: dict[str, Any]) -> bool:
    """Say whether readers show objects of this type; others are kept and relayed only (R6)."""
    return document["type"] in ("Offer", "Organisation")


def supersedes(candidate: Authentic, stored: Authentic) -> bool:
    """Say whether `candidate` replaces `stored`, another form of the same object.

    Highest version wins (R3); a terminal Tombstone wins against every version (R7); at equal
    versions a Tombstone beats content and then the greater element wins, whoever came first
    (rule 5). The same form does not replace itself (R2).
    """
    return candidate.rank > stored.rank


def is_equivocation(one: Authentic, other: Authentic) -> bool:
    """Say whether an origin signed two contents for one version of one object (R2)."""
    is_same = (one.id, one.version) == (other.id, other.version)
    return is_same and one.element != other.element


def _authenticate(
    document: dict[str, Any],
    canonical: bytes,
    keys: proofs.KeyLookup,
    now: datetime,
    *,
    vouched: bool,
) -> Authentic:
    origin, identifier = keys.origin, document.get("id")
    if document.get("origin") != origin:
        raise SchemaRefused("origin", f"The origin is not exactly {origin}.")
    if not spelling.is_id_of(identifier, origin):
        raise SchemaRefused("id-origin", f"The id is not {origin}/federation/o/ and a UUIDv7.")
    version, type_name = document.get("version"), document.get("type")
    if type(version) is not int or not 1 <= version <= text.MAX_INTEGER:
        raise SchemaRefused("schema", "The version is an integer from 1 to 2^53-1.")
    if not isinstance(type_name, str) or not 1 <= len(type_name) <= checks.MAX_TYPE:
        raise SchemaRefused("schema", "The type is a name.")
    proofs.verify(document, keys, now=now, vouched=vouched)
    name = str(identifier)
    element = profile.element(name, version, canonical)
    return Authentic(document, name, origin, type_name, version, element, canonical)


@lru_cache(maxsize=64)
def _latest_version(now: datetime, skew: timedelta) -> int:
    """Return the highest acceptable version, a time in milliseconds; the same for a whole pull."""
    return int((now + skew).timestamp() * 1000)


def _check_marks(canonical: bytes) -> None:
    # The combining marks of U+0300 to U+036F begin with these bytes; few documents hold any.
    if b"\xcc" not in canonical and b"\xcd" not in canonical:
        return
    try:
        text.check_marks(canonical.decode())
    except BadText as error:
        raise SchemaRefused("nfc", str(error.detail)) from error


def _is_normal(document: dict[str, Any], canonical: bytes) -> bool:
    # A part of a normal text is normal, so one look at the whole is enough for most documents;
    # an escape such as backslash n before a combining mark needs the second, slower look.
    if unicodedata.is_normalized("NFC", canonical.decode()):
        return True
    strings = (value for value in _walk(document) if isinstance(value, str))
    return all(unicodedata.is_normalized("NFC", value) for value in strings)


def _count_keys(document: dict[str, Any]) -> int:
    return sum(len(value) for value in _walk(document) if isinstance(value, dict))


def _walk(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _walk(item)
