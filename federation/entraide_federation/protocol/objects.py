"""Objects that travel: which are authentic, and which are acceptable."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from entraide import text
from entraide.errors import BadText
from entraide_federation.protocol import profile, proofs, spelling, types
from entraide_federation.protocol.errors import (
    BadProfile,
    Refusal,
    SchemaRefused,
    TooLarge,
    VersionInFuture,
)
from entraide_federation.protocol.limits import DEFAULT, Limits

DOUBTFUL = frozenset({"control", "depth", "key-name"})
"""Rules of the profile whose breach leaves a document its canonical form (RFC 8785)."""

NAMELESS = "?"
"""Stored as the type of an object whose own is no name."""

TOMBSTONE = types.TOMBSTONE.name
TERMINAL = frozenset({"erasure", "moderation"})
"""Reasons of a Tombstone after which no version of the object may come back (R7)."""

MAX_TYPE = 40
"""The longest name of a type."""


class Counted(NamedTuple):
    """An object that counts in its origin's root; `problem` says why it is not shown (rule 20).

    `is_doubtful`: it breaks the profile and still has a canonical form, so its origin may have
    counted it or not; the root decides.
    """

    document: dict[str, Any]
    id: str
    origin: str
    type: str
    version: int
    element: bytes
    canonical: bytes
    problem: str | None = None
    is_doubtful: bool = False

    @property
    def is_tombstone(self) -> bool:
        """Return whether the object is a Tombstone."""
        return self.type == TOMBSTONE

    @property
    def is_terminal(self) -> bool:
        """Return whether the object is a Tombstone that nothing revives."""
        return self.is_tombstone and is_terminal_reason(self.document.get("reason"))

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
) -> Counted:
    """Return the object if it is authentic: profile, id, origin, version, key and proof.

    `source` is bytes, or an item parsed with the page it came in. `vouched` leaves the signature
    to the Head whose root covers the object. Raises a `Refusal` whose reason names the rule.
    """
    document, canonical = _read(source, limits)
    identified = _identify(document, canonical, keys.origin)
    if identified.problem:
        raise SchemaRefused("schema", "The type is a name.")
    proofs.verify(document, keys, now=now, vouched=vouched)
    return identified


def _read(source: bytes | dict[str, Any], limits: Limits) -> tuple[dict[str, Any], bytes]:
    """Return a document within the profile with its canonical form; raise `TooLarge` as well."""
    if isinstance(source, bytes):
        document = profile.decode(source, limits.object_bytes)
    else:
        document = source
        profile.check(document)
    canonical = profile.canonical(document)
    if len(canonical) > limits.object_bytes:
        raise TooLarge("too-large", f"An object has at most {limits.object_bytes} bytes.")
    return document, canonical


def authenticate_line(
    line: bytes,
    keys: proofs.KeyLookup,
    *,
    now: datetime,
    limits: Limits = DEFAULT,
    parsed: dict[str, Any] | None = None,
) -> Counted:
    """Return the object in one canonical snapshot line, whose signature the Head's root covers.

    Like `authenticate` with `vouched`, several times faster. `line` comes without its line feed,
    `parsed` from `profile.parse_loosely` where somebody has looked already.
    """
    document = profile.decode_canonical(line, limits.object_bytes, parsed=parsed)
    identified = _identify(document, line, keys.origin)
    proofs.verify(document, keys, now=now, vouched=True)
    return identified


def count(
    document: dict[str, Any], keys: proofs.KeyLookup, *, now: datetime, limits: Limits = DEFAULT
) -> Counted:
    """Return what an item of a page counts for in the root, whatever is wrong with it (rule 20).

    Its origin, its id and its version have to hold, and it needs a canonical form of at most
    16 KiB: without them it counts nowhere, and a `Refusal` says why. `problem` is the first rule
    among profile, `@context`, type and proof that it breaks.
    """
    problem = _profile_problem(document)
    canonical = _canonical(document, limits)
    identified = _identify(document, canonical, keys.origin)
    problem = problem or identified.problem or proofs.find_problem(document, keys, now=now)
    return identified._replace(problem=problem, is_doubtful=problem in DOUBTFUL)


def count_line(
    line: bytes,
    keys: proofs.KeyLookup,
    *,
    now: datetime,
    limits: Limits = DEFAULT,
    parsed: dict[str, Any] | None = None,
) -> Counted:
    """Return what a snapshot line counts for; of a sound one the signature is left to the root."""
    try:
        return authenticate_line(line, keys, now=now, limits=limits, parsed=parsed)
    except Refusal as error:
        document = profile.parse_loosely(line)
        if not document or _canonical(document, limits) != line:
            raise error from None
    return count(document, keys, now=now, limits=limits)


def find_problem(
    document: dict[str, Any], keys: proofs.KeyLookup | None, *, now: datetime
) -> str | None:
    """Return which rule of profile, type and proof a stored object breaks, None for a sound one."""
    problem = _profile_problem(document)
    if problem is None and type_of(document) == NAMELESS:
        problem = "schema"
    if problem is None and keys is not None:
        problem = proofs.find_problem(document, keys, now=now)
    return problem


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
    declared = types.BY_NAME.get(document["type"])
    if declared and (mistake := declared.find_mistake(document)):
        raise SchemaRefused("schema", mistake)


def is_terminal_reason(reason: object) -> bool:
    """Return whether nothing revives what a Tombstone ends for this reason, of whatever type."""
    return isinstance(reason, str) and reason in TERMINAL


def type_of(document: dict[str, Any]) -> str:
    """Return the type of an object, `NAMELESS` when what it says is no name."""
    kind = document.get("type")
    is_name = isinstance(kind, str) and 1 <= len(kind) <= MAX_TYPE
    return str(kind) if is_name else NAMELESS


def _profile_problem(document: dict[str, Any]) -> str | None:
    """Return the rule that a document breaks and still counts; raise for those that forbid it."""
    try:
        profile.check(document)
    except BadProfile as error:
        if error.reason != "context" and error.reason not in DOUBTFUL:
            raise
        return error.reason
    return None


def _canonical(document: dict[str, Any], limits: Limits) -> bytes:
    try:
        canonical = profile.canonical(document)
    except TypeError as error:
        raise BadProfile("not-canonical", "The item has no canonical form.") from error
    if len(canonical) > limits.object_bytes:
        raise TooLarge("too-large", f"An object has at most {limits.object_bytes} bytes.")
    return canonical


def _identify(document: dict[str, Any], canonical: bytes, origin: str) -> Counted:
    """Return the object under its id; its type and its proof are not judged here."""
    identifier = document.get("id")
    if document.get("origin") != origin:
        raise SchemaRefused("origin", f"The origin is not exactly {origin}.")
    if not spelling.is_id_of(identifier, origin):
        raise SchemaRefused("id-origin", f"The id is not {origin}/federation/o/ and a UUIDv7.")
    version, kind = document.get("version"), type_of(document)
    if type(version) is not int or not 1 <= version <= text.MAX_INTEGER:
        raise SchemaRefused("schema", "The version is an integer from 1 to 2^53-1.")
    name = str(identifier)
    element = profile.element(name, version, canonical)
    problem = "schema" if kind == NAMELESS else None
    return Counted(document, name, origin, kind, version, element, canonical, problem)


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
