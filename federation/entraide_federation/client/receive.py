"""What a pull has received, by origin: each object authenticated, nothing stored yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from entraide_federation import heads, objects
from entraide_federation.checks import MAX_TITLE
from entraide_federation.client.reader import Known, Reader
from entraide_federation.client.refusals import (
    ItemRefused,
    OriginHeld,
    PageRefused,
    SourceFrozen,
    SourceRefused,
)
from entraide_federation.client.trust import Keyring
from entraide_federation.errors import Refusal, SignatureInvalid
from entraide_federation.keysets import Keyset
from entraide_federation.objects import Authentic
from entraide_federation.staging import Spool

BAD_SIGNATURES = 3
"""So many bad signatures, and more than one in a hundred objects, freeze who served them."""

ROWS_PER_OBJECT = 5
"""An origin may keep that many rows for each live object of its quota, Tombstones included."""

KEY_PROBLEMS = ("key-unknown", "key-expired")


@dataclass
class Group:
    """What came of one origin; `is_complete` when it came as a whole, from a snapshot.

    `elements` are those of a complete group, `names` its organisations, `withheld` the elements
    that the relay declares to keep back, `refused` why nothing of the group may be stored.
    """

    known: Known
    is_complete: bool
    spool: Spool = field(default_factory=Spool)
    head: heads.Head | None = None
    elements: list[bytes] = field(default_factory=list)
    withheld: list[bytes] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    live: int = 0
    bad_signatures: int = 0
    refused: SourceRefused | None = None

    @property
    def origin(self) -> str:
        """Return whose objects these are."""
        return self.known.base

    def add(self, item: Authentic) -> None:
        """Spool one authentic object, or nothing more once the origin's quota is used up."""
        self.live += not item.is_tombstone
        rows = self.spool.count + 1
        if self.live > self.known.quota or rows > ROWS_PER_OBJECT * self.known.quota:
            self.refuse(
                OriginHeld(self.origin, f"more than its {self.known.quota} objects", "quota")
            )
            return
        self.spool.add(item)
        if self.is_complete:
            self.elements.append(item.element)
        if item.type == "Organisation":
            name = item.document.get("name")
            if isinstance(name, str) and len(name) <= MAX_TITLE:
                self.names[item.id] = name

    def take_head(self, head: heads.Head) -> None:
        """Remember the latest Head that came."""
        if self.head is None or head.issued >= self.head.issued:
            self.head = head

    def refuse(self, error: SourceRefused) -> None:
        """Remember the first reason against the whole group."""
        self.refused = self.refused or error

    def judge_signatures(self) -> None:
        """Freeze whoever served too many bad signatures."""
        bad = self.bad_signatures
        if bad >= BAD_SIGNATURES and bad * 100 > bad + self.spool.count:
            self.refused = SourceFrozen(self.origin, f"{bad} bad signatures", "bad-signatures")


def open_group(reader: Reader, known: Known, *, is_complete: bool) -> Group:
    """Return an empty group whose spool is closed with the attempt, however that ends."""
    group = Group(known, is_complete)
    reader.resources.enter_context(group.spool)
    return group


class Receiver:
    """Sorts the items of a change feed into groups; foreign and broken ones taint their group."""

    def __init__(self, reader: Reader, keyring: Keyring) -> None:
        self.reader = reader
        self.keyring = keyring
        self.groups: dict[str, Group] = {}

    def take(self, document: Any) -> None:
        """Sort in one item of a page: an object, or an origin's Head."""
        origin = document.get("origin") if isinstance(document, dict) else None
        if not isinstance(origin, str):
            self._group(self.reader.base).refuse(
                ItemRefused(self.reader.base, "an item has no origin", "origin")
            )
        elif origin == self.reader.own_base:
            if not self.reader.is_relay:
                raise PageRefused(self.reader.base, "it serves our own objects", "own-origin")
        elif origin != self.reader.base and not self.reader.is_relay:
            self._group(self.reader.base).refuse(
                ItemRefused(self.reader.base, f"it serves an object of {origin[:200]}", "foreign")
            )
        else:
            self._take_of(origin, document)

    def _group(self, origin: str) -> Group:
        if origin not in self.groups:
            known = self.keyring.need(origin)
            self.groups[origin] = open_group(self.reader, known, is_complete=False)
        return self.groups[origin]

    def _take_of(self, origin: str, document: dict[str, Any]) -> None:
        if origin in self.keyring.refused:
            return
        try:
            group = self._group(origin)
        except SourceRefused:
            # The keyring keeps why; the other origins of a relay go on.
            return
        try:
            if document.get("type") == "Head":
                group.take_head(self._authenticate_head(group, document))
            else:
                group.add(self._authenticate(group, document))
        except Refusal as error:
            refuse_item(group, error)
        except SourceRefused as error:
            if not self.reader.is_relay:
                raise
            group.refuse(error)

    def _authenticate(self, group: Group, document: dict[str, Any]) -> Authentic:
        reader = self.reader
        try:
            return objects.authenticate(
                document, keys_of(group), now=reader.now, limits=reader.limits
            )
        except SignatureInvalid as error:
            # A key that we do not know yet may stand in a later Keyset.
            if error.reason not in KEY_PROBLEMS or not self.keyring.refresh(group.origin):
                raise
        group.known = self.keyring.need(group.origin)
        return objects.authenticate(document, keys_of(group), now=reader.now, limits=reader.limits)

    def _authenticate_head(self, group: Group, document: dict[str, Any]) -> heads.Head:
        if names_newer_keyset(document, group.known):
            self.keyring.refresh(group.origin)
            group.known = self.keyring.need(group.origin)
        return heads.authenticate_head(document, keys_of(group), now=self.reader.now)


def names_newer_keyset(head: dict[str, Any], known: Known) -> bool:
    """Tell whether a Head, not yet verified, speaks of a Keyset that we lack."""
    number = head.get("keyset")
    return isinstance(number, int) and known.keyset is not None and number > known.keyset.version


def refuse_item(group: Group, error: Refusal) -> None:
    """Taint a group by one broken item; bad signatures are counted besides."""
    group.bad_signatures += isinstance(error, SignatureInvalid)
    group.refuse(ItemRefused(group.origin, str(error.detail), error.reason))


def withheld_target(document: dict[str, Any]) -> tuple[str, bytes] | None:
    """Return the object that an authentic Withheld keeps back and its element, if well-formed."""
    try:
        return str(document["target"]), bytes.fromhex(document["element"])
    except (KeyError, TypeError, ValueError):
        return None


def keys_of(group: Group) -> Keyset:
    """Return the keys of a group's origin."""
    return keys_of_known(group.known)


def keys_of_known(known: Known) -> Keyset:
    """Return the keys of an origin; PageRefused when there are none."""
    if known.keyset is None:
        raise PageRefused(known.base, "it has no Keyset", "no-keyset")
    return known.keyset
