"""Reading the snapshot of a source: one group per origin, each ended by its signed Head."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from entraide_federation.protocol import heads, objects, profile
from entraide_federation.protocol.errors import Refusal
from entraide_federation.protocol.types import WITHHELD
from entraide_federation.reading.attempt import SourceReader
from entraide_federation.reading.receiving.envelope import read_cursor, read_envelope
from entraide_federation.reading.receiving.groups import (
    Group,
    keys_of,
    keys_of_known,
    leave_out,
    names_newer_keyset,
    open_group,
    refuse_foreign,
    refuse_head,
    withheld_of,
)
from entraide_federation.reading.receiving.keyring import Keyring
from entraide_federation.reading.refusals import ItemRefused, PageRefused, SourceRefused, Stopped


def fetch_keys(reader: SourceReader, keyring: Keyring) -> None:
    """Fetch what verifying the snapshot takes, because a stream is not interrupted to ask."""
    if not reader.is_relay:
        keyring.refresh(reader.base)
        keyring.need(reader.base)
        return
    answer = reader.http.get(
        reader.base, "/federation/v1/heads", max_bytes=reader.limits.page_bytes
    )
    served = read_envelope(answer.body, reader).get("heads")
    for head in served if isinstance(served, list) else []:
        origin = head.get("origin") if isinstance(head, dict) else None
        if isinstance(origin, str) and origin != reader.own_base:
            # Why an origin has no usable keys is kept by the keyring; the others go on.
            with suppress(SourceRefused):
                if names_newer_keyset(head, keyring.need(origin)):
                    keyring.refresh(origin)


@contextmanager
def open_snapshot(reader: SourceReader, keyring: Keyring) -> Iterator[Snapshot]:
    """Open the snapshot; what it holds is complete only when its iteration has ended."""
    path = f"/federation/v1/snapshot?scope={reader.scope}"
    # A line as long as a page at most: an object that is too large leaves itself out (rule 20).
    longest = reader.limits.page_bytes
    with reader.http.stream(reader.base, path, max_line_bytes=longest) as lines:
        header = profile.parse_loosely(next(lines, b"")).get("snapshot")
        cursor = read_cursor(header.get("cursor") if isinstance(header, dict) else None, reader)
        yield Snapshot(reader, keyring, cursor, lines)


class Snapshot:
    """A snapshot being read; `cursor` is where the change feed goes on from it."""

    def __init__(
        self, reader: SourceReader, keyring: Keyring, cursor: str, lines: Iterator[bytes]
    ) -> None:
        self.cursor = cursor
        self._reader, self._keyring, self._lines = reader, keyring, lines
        self._group: Group | None = None
        self._origin = self._ended = self._last_id = ""

    def groups(self) -> Iterator[Group]:
        """Yield each origin's group as soon as its Head has come; our own is left out."""
        for line in self._lines:
            parsed = profile.parse_loosely(line)
            if parsed.get("type") == "Head":
                group = self._end(line, parsed)
                if group is not None:
                    yield group
            else:
                self._take(line, parsed)
            if self._reader.should_stop():
                raise Stopped
        if self._origin:
            raise PageRefused(self._origin, "the snapshot ends without its Head", "head-missing")

    def _take(self, line: bytes, parsed: dict[str, Any]) -> None:
        named = parsed.get("origin")
        if not self._origin:
            if not isinstance(named, str):
                # It counts nowhere; whose objects begin here the next line says.
                return
            self._open(named)
        group = self._group
        if group is None or group.refused is not None:
            return
        if parsed.get("type") == WITHHELD.name and self._take_withheld(group, line, parsed):
            return
        item = self._count(group, line, parsed)
        if item is None:
            return
        if item.id <= self._last_id:
            raise PageRefused(group.origin, "the rows are not in the order of their ids", "order")
        self._last_id = item.id
        group.add(item)

    def _count(self, group: Group, line: bytes, parsed: dict[str, Any]) -> objects.Counted | None:
        """Return the object of a line, None for one that is left out of its group."""
        reader, named = self._reader, parsed.get("origin")
        try:
            return objects.count_line(
                line, keys_of(group), now=reader.now, limits=reader.limits, parsed=parsed
            )
        except Refusal as error:
            if isinstance(named, str) and named != group.origin:
                refuse_foreign(group, named)
            leave_out(group, error)
            return None

    def _open(self, origin: str) -> None:
        """Begin the next origin; our own objects have no group, so nothing is taken (R4)."""
        reader = self._reader
        if origin <= self._ended:
            raise PageRefused(reader.base, "the origins are not in order", "order")
        if origin != reader.base and not reader.is_relay:
            raise ItemRefused(reader.base, f"it serves objects of {origin[:200]}", "foreign")
        self._origin, self._last_id = origin, ""
        if origin != reader.own_base:
            known = self._keyring.find(origin)
            if known is not None:
                self._group = open_group(reader, known, is_complete=True)
            else:
                no_keys = PageRefused(origin, "it came without a Keyset", "no-keyset")
                self._keyring.refused.setdefault(origin, no_keys)

    def _end(self, line: bytes, parsed: dict[str, Any]) -> Group | None:
        named = parsed.get("origin")
        if not self._origin and isinstance(named, str):
            self._open(named)
        if not self._origin or named != self._origin:
            base = self._origin or self._reader.base
            raise PageRefused(base, "its objects end without its Head", "head-missing")
        group = self._group
        self._ended, self._origin, self._group = self._origin, "", None
        if group is not None:
            try:
                document = profile.decode(line, self._reader.limits.object_bytes)
                head = heads.authenticate_head(document, keys_of(group), now=self._reader.now)
                group.take_head(head)
            except Refusal as error:
                refuse_head(group, error)
        return group

    def _take_withheld(self, group: Group, line: bytes, parsed: dict[str, Any]) -> bool:
        """Take what the relay signed about another origin's object; tell whether it was that."""
        relay = self._keyring.find(self._reader.base)
        is_other = parsed.get("origin") == self._reader.base != group.origin
        if not is_other or relay is None:
            return False
        try:
            item = objects.authenticate(line, keys_of_known(relay), now=self._reader.now)
        except Refusal as error:
            leave_out(group, error)
            return True
        group.withheld |= withheld_of(item.document, group.origin)
        return True
