"""Heads: the signed root over everything an origin publishes, and what it proves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from entraide import clock, text
from entraide_federation.protocol import profile, proofs, spelling
from entraide_federation.protocol.errors import (
    EpochFork,
    HeadRollback,
    SchemaRefused,
    VersionInFuture,
)
from entraide_federation.protocol.limits import DEFAULT, Limits

EPOCH_BYTES = 8
"""An epoch is 8 random bytes, written as 11 characters of base64url."""

_EPOCH = re.compile(r"[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]")
_ROOT = re.compile(r"sha256:[0-9a-f]{64}")


class Progress(Enum):
    """How a head relates to the one known before."""

    FIRST = "first"
    SAME = "same"
    REISSUED = "reissued"
    ADVANCED = "advanced"
    NEW_EPOCH = "new epoch"


@dataclass(frozen=True)
class Head:
    """A well-formed head; `tombstones_from` bounds the deletions that its root covers."""

    origin: str
    epoch: str
    seq: int
    count: int
    tombstones: int
    tombstones_from: datetime
    root: str
    keyset: int
    issued: datetime
    expires: datetime
    document: dict[str, Any] = field(repr=False, compare=False)

    @property
    def state(self) -> tuple[str, int, int, datetime]:
        """Return what one (epoch, seq) determines (rule 3)."""
        return self.root, self.count, self.tombstones, self.tombstones_from


@dataclass(frozen=True)
class Verdict:
    """What a head means for its reader: expiry means silent, not invalid (rule 10)."""

    head: Head
    progress: Progress
    fresh_until: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Say whether the origin has spoken recently enough."""
        return now <= self.fresh_until


def root(elements: Iterable[bytes]) -> str:
    """Return `sha256:` and the digest over the sorted distinct elements (32 bytes each)."""
    return root_of_sorted(sorted(set(elements)))


def root_of_sorted(elements: Iterable[bytes]) -> str:
    """Return the root of elements that come sorted and distinct, as a database reads them."""
    digest = hashlib.sha256()
    for element in elements:
        digest.update(element)
    return f"sha256:{digest.hexdigest()}"


def accounts_for(
    head: Head, elements: Iterable[bytes], withheld_elements: Iterable[bytes] = ()
) -> bool:
    """Say whether these elements and those a relay declares withheld are the head's whole set."""
    return root({*elements, *withheld_elements}) == head.root


def tombstones_from(
    issued: datetime, previous: datetime | None = None, limits: Limits = DEFAULT
) -> datetime:
    """Return the earliest deletion that a head issued then covers; it never moves backwards."""
    start = (issued - limits.horizon).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(start, previous) if previous else start


def make_head(
    *,
    origin: str,
    epoch: str,
    seq: int,
    count: int,
    tombstones: int,
    tombstones_from: datetime,
    root: str,
    keyset: int,
    issued: datetime,
    limits: Limits = DEFAULT,
) -> dict[str, Any]:
    """Return a head to sign, valid for 24 hours; `count` counts live objects."""
    return {
        "@context": profile.CONTEXT,
        "type": "Head",
        "origin": origin,
        "epoch": epoch,
        "seq": seq,
        "count": count,
        "tombstones": tombstones,
        "tombstonesFrom": clock.rfc3339(tombstones_from),
        "root": root,
        "keyset": keyset,
        "issued": clock.rfc3339(issued),
        "expires": clock.rfc3339(issued + limits.head_validity),
    }


def read_head(document: dict[str, Any], limits: Limits = DEFAULT) -> Head:
    """Read a head without judging its proof; raise `SchemaRefused` for its form."""
    if document.get("type") != "Head" or not isinstance(document.get("origin"), str):
        raise SchemaRefused("schema", "This is no Head with an origin.")
    _check_values(document)
    start, issued, expires = _read_times(document, limits)
    return Head(
        origin=document["origin"],
        epoch=document["epoch"],
        seq=document["seq"],
        count=document["count"],
        tombstones=document["tombstones"],
        tombstones_from=start,
        root=document["root"],
        keyset=document["keyset"],
        issued=issued,
        expires=expires,
        document=document,
    )


def _check_values(document: dict[str, Any]) -> None:
    """Raise `SchemaRefused` unless epoch, root and the numbers are spelled as they should be."""
    for name, pattern in (("epoch", _EPOCH), ("root", _ROOT)):
        value = document.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise SchemaRefused("schema", f"{name} is not spelled exactly.")
    for name, least in (("seq", 0), ("count", 0), ("tombstones", 0), ("keyset", 1)):
        value = document.get(name)
        if type(value) is not int or not least <= value <= text.MAX_INTEGER:
            raise SchemaRefused("schema", f"{name} is an integer from {least}.")


def _read_times(document: dict[str, Any], limits: Limits) -> tuple[datetime, datetime, datetime]:
    """Return tombstonesFrom, issued and expires; raise `SchemaRefused` where they do not fit."""
    start, issued, expires = (
        _read_time(document, name) for name in ("tombstonesFrom", "issued", "expires")
    )
    if issued >= expires or issued - start < limits.horizon:
        raise SchemaRefused("schema", "tombstonesFrom, issued and expires are out of order.")
    return start, issued, expires


def authenticate_head(document: dict[str, Any], keys: proofs.KeyLookup, *, now: datetime) -> Head:
    """Return the head if its profile, origin, proof and form hold; raise a `Refusal` otherwise."""
    profile.check(document)
    if document.get("origin") != keys.origin:
        raise SchemaRefused("origin", f"The Head is not of {keys.origin}.")
    proofs.verify(document, keys, now=now)
    return read_head(document)


def check_head(
    head: Head,
    previous: Head | None,
    now: datetime,
    *,
    keyset_expires: datetime | None = None,
    limits: Limits = DEFAULT,
) -> Verdict:
    """Judge a head against the clock and against the highest one seen of its origin.

    It is fresh for 24 hours, and never longer than the Keyset that names its key.

    Raises `VersionInFuture` (issued more than 300 s ahead), `HeadRollback` (an older state than
    `previous`: an origin must be frozen, a relay only lags) and `EpochFork` (one (epoch, seq) with
    two states). Across epochs the later `issued` counts (rules 3, 4 and 10).
    """
    if head.issued > now + limits.document_skew:
        raise VersionInFuture("version-in-future", "The Head was issued in the future.")
    fresh_until = min(
        head.expires, head.issued + limits.head_validity, keyset_expires or head.expires
    )
    return Verdict(head, _compare(head, previous), fresh_until)


def _compare(head: Head, previous: Head | None) -> Progress:
    if previous is None:
        return Progress.FIRST
    if head.epoch != previous.epoch:
        if head.issued <= previous.issued:
            raise HeadRollback("A Head of a later epoch is known.")
        return Progress.NEW_EPOCH
    if head.seq < previous.seq:
        raise HeadRollback(f"Head {head.seq} comes after {previous.seq} in the same epoch.")
    if head.tombstones_from < previous.tombstones_from:
        raise HeadRollback("tombstonesFrom never decreases.")
    if head.seq > previous.seq:
        return Progress.ADVANCED
    if head.state != previous.state:
        raise EpochFork(f"Sequence number {head.seq} of epoch {head.epoch} has two states.")
    return Progress.REISSUED if head.issued > previous.issued else Progress.SAME


def _read_time(document: dict[str, Any], name: str) -> datetime:
    moment = spelling.parse_time(document.get(name))
    if moment is None:
        raise SchemaRefused("schema", f"{name} is a time like 2026-01-05T10:00:00Z.")
    return moment
