"""What a pull has received, by origin: each object authenticated, nothing stored yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from entraide_federation.protocol import heads, objects
from entraide_federation.protocol.errors import Refusal, SignatureInvalid
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.protocol.objects import Counted
from entraide_federation.protocol.types import MAX_NAME, ORGANISATION, WITHHELD
from entraide_federation.reading.attempt import Known, SourceReader
from entraide_federation.reading.receiving.envelope import Broken
from entraide_federation.reading.receiving.keyring import Keyring
from entraide_federation.reading.receiving.spool import Spool
from entraide_federation.reading.refusals import (
    ItemRefused,
    OriginHeld,
    PageRefused,
    SourceFrozen,
    SourceRefused,
)
from entraide_federation.store.kept_back import Elements

BAD_SIGNATURES = 3
"""So many bad signatures, and more than one in a hundred objects, freeze who served them."""

ROWS_PER_OBJECT = 5
"""An origin may keep that many rows for each live object of its quota, Tombstones included."""

KEY_PROBLEMS = ("key-unknown", "key-expired")
BAD_PROOFS = (
    "signature",
    "base58",
    "proof-form",
    "proof-suite",
    "proof-purpose",
    "key-origin",
    *KEY_PROBLEMS,
    "key-revoked",
)
"""What is wrong with proofs that nobody honest serves; an expired Keyset is none of it."""


@dataclass
class Group:
    """What came of one origin; `is_complete` when it came as a whole, from a snapshot.

    `elements` are those of a complete group, `doubtful` those that its origin may not have
    counted, `names` its organisations, `withheld` what the relay declares to keep back, `broken`
    the first item that counts nowhere or is not shown, `refused` why nothing of the group may be
    stored.
    """

    known: Known
    is_complete: bool
    spool: Spool = field(default_factory=Spool)
    head: heads.Head | None = None
    elements: list[bytes] = field(default_factory=list)
    doubtful: dict[str, bytes] = field(default_factory=dict)
    withheld: Elements = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    live: int = 0
    bad_signatures: int = 0
    broken: ItemRefused | None = None
    refused: SourceRefused | None = None

    @property
    def origin(self) -> str:
        """Return whose objects these are."""
        return self.known.base

    def add(self, item: Counted) -> None:
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
        if item.problem is not None:
            self._note(item)
        elif item.type == ORGANISATION.name:
            name = item.document.get("name")
            if isinstance(name, str) and len(name) <= MAX_NAME:
                self.names[item.id] = name

    def _note(self, item: Counted) -> None:
        """Remember what is wrong with an item that counts; it hides itself alone (rule 20)."""
        if item.is_doubtful:
            self.doubtful[item.id] = item.element
        self.bad_signatures += item.problem in BAD_PROOFS
        self.leave_out(ItemRefused(self.origin, f"{item.id} is not shown", str(item.problem)))

    def leave_out(self, error: ItemRefused) -> None:
        """Remember the first broken item: it explains a root that does not hold."""
        self.broken = self.broken or error

    def take_head(self, head: heads.Head) -> None:
        """Remember the latest Head that came."""
        if self.head is None or head.issued >= self.head.issued:
            self.head = head

    def refuse(self, error: SourceRefused) -> None:
        """Remember the first reason against the whole group."""
        self.refused = self.refused or error

    def explain(self, error: SourceRefused) -> SourceRefused:
        """Return why a root does not hold: whoever served many bad signatures is frozen for it.

        That needs keys which are surely the origin's; else the first broken item explains it.
        """
        bad, count = self.bad_signatures, self.spool.count
        is_many = bad >= BAD_SIGNATURES and bad * 100 > count
        if is_many and self.known.is_confirmed and not self.is_complete:
            return SourceFrozen(self.origin, f"{bad} bad signatures", "bad-signatures")
        return self.broken or error


def open_group(reader: SourceReader, known: Known, *, is_complete: bool) -> Group:
    """Return an empty group whose spool is closed with the attempt, however that ends."""
    group = Group(known, is_complete)
    reader.resources.enter_context(group.spool)
    return group


class Receiver:
    """Sorts the items of a change feed into groups; a broken one is left out, the root decides."""

    def __init__(self, reader: SourceReader, keyring: Keyring) -> None:
        self.reader = reader
        self.keyring = keyring
        self.groups: dict[str, Group] = {}

    def take(self, document: Any) -> None:
        """Sort in one item of a page: an object, or an origin's Head."""
        if isinstance(document, Broken):
            self._leave_out(document)
            return
        origin = document.get("origin") if isinstance(document, dict) else None
        if not isinstance(origin, str):
            self._leave_out(Broken("origin", self.reader.base))
        elif origin == self.reader.own_base:
            if not self.reader.is_relay:
                raise PageRefused(self.reader.base, "it serves our own objects", "own-origin")
        elif origin != self.reader.base and not self.reader.is_relay:
            self._group(self.reader.base).refuse(
                ItemRefused(self.reader.base, f"it serves an object of {origin[:200]}", "foreign")
            )
        else:
            self._take_of(origin, document)

    def _leave_out(self, item: Broken) -> None:
        """Leave out an item that counts nowhere; whose it was is only what it claims."""
        origin = item.origin if item.origin in self.groups else self.reader.base
        error = ItemRefused(origin, "an item counts nowhere", item.reason)
        if origin in self.groups or not self.reader.is_relay:
            self._group(origin).leave_out(error)

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
                self._add(group, document)
        except Refusal as error:
            refuse_head(group, error)
        except SourceRefused as error:
            if not self.reader.is_relay:
                raise
            group.refuse(error)

    def _add(self, group: Group, document: dict[str, Any]) -> None:
        try:
            group.add(self._count(group, document))
        except Refusal as error:
            leave_out(group, error)

    def _count(self, group: Group, document: dict[str, Any]) -> Counted:
        now, limits = self.reader.now, self.reader.limits
        item = objects.count(document, keys_of(group), now=now, limits=limits)
        # A key that we do not know yet may stand in a later Keyset.
        if item.problem in KEY_PROBLEMS and self.keyring.refresh(group.origin):
            group.known = self.keyring.need(group.origin)
            item = objects.count(document, keys_of(group), now=now, limits=limits)
        return item

    def _authenticate_head(self, group: Group, document: dict[str, Any]) -> heads.Head:
        if names_newer_keyset(document, group.known):
            self.keyring.refresh(group.origin)
            group.known = self.keyring.need(group.origin)
        return heads.authenticate_head(document, keys_of(group), now=self.reader.now)


def names_newer_keyset(head: dict[str, Any], known: Known) -> bool:
    """Return whether a Head, not yet verified, speaks of a Keyset that we lack."""
    number = head.get("keyset")
    return isinstance(number, int) and known.keyset is not None and number > known.keyset.version


def refuse_head(group: Group, error: Refusal) -> None:
    """Refuse a group whose Head is broken: nothing proves what came with it."""
    group.bad_signatures += isinstance(error, SignatureInvalid)
    group.refuse(ItemRefused(group.origin, str(error.detail), error.reason))


def leave_out(group: Group, error: Refusal) -> None:
    """Leave out one item that counts nowhere; the root decides about the others (rule 20)."""
    group.leave_out(ItemRefused(group.origin, str(error.detail), error.reason))


def refuse_foreign(group: Group, origin: str) -> None:
    """Refuse a group among which its source serves what names another origin."""
    group.refuse(ItemRefused(group.origin, f"it serves an object of {origin[:200]}", "origin"))


def withheld_of(document: dict[str, Any], origin: str) -> Elements:
    """Return what an authentic Withheld keeps back of an origin: nothing if it is not well-formed."""
    if WITHHELD.find_mistake(document) or not document["target"].startswith(f"{origin}/"):
        return {}
    withheld = document["targetVersion"], bytes.fromhex(document["element"])
    return {document["target"]: withheld}


def keys_of(group: Group) -> Keyset:
    """Return the keys of a group's origin."""
    return keys_of_known(group.known)


def keys_of_known(known: Known) -> Keyset:
    """Return the keys of an origin; PageRefused when there are none."""
    if known.keyset is None:
        raise PageRefused(known.base, "it has no Keyset", "no-keyset")
    return known.keyset
