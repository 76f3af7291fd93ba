"""The wrapping of answers: strict JSON whose items are judged one by one elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from entraide import text
from entraide.errors import BadText
from entraide_federation.protocol import objects, profile
from entraide_federation.reading.attempt import SourceReader
from entraide_federation.reading.receiving import json_parts
from entraide_federation.reading.refusals import PageRefused, ResyncNeeded

MAX_DEPTH = 10
"""An object's eight levels stand two levels deep in a page."""

_CURSOR = re.compile(r"[A-Za-z0-9._~-]{1,200}")


@dataclass(frozen=True)
class Broken:
    """An item that breaks the rules of JSON, and whose it claims to be."""

    reason: str
    origin: str


@dataclass(frozen=True)
class Page:
    """One page of a change feed; `head` is absent while more follows."""

    next: str
    has_more: bool
    items: list[Any]
    head: Any


def read_envelope(raw: bytes, reader: SourceReader) -> dict[str, Any]:
    """Parse the body of an answer; raise `PageRefused` naming the rule of JSON that it breaks."""
    try:
        value = text.decode(
            raw, max_depth=MAX_DEPTH, max_bytes=reader.limits.page_bytes, allow_floats=False
        )
    except BadText as error:
        raise PageRefused(reader.base, str(error.detail), error.reason) from error
    if not isinstance(value, dict):
        raise PageRefused(reader.base, "the answer is no JSON object", "envelope")
    return value


def read_page(raw: bytes, reader: SourceReader, since: str) -> Page:
    """Read a page of the change feed that was asked for with `since`.

    Items that break the rules of JSON do so alone: each becomes `Broken` (rule 20). Raises
    `ResyncNeeded` when a broken item leaves the ends of the others unknown: the snapshot has lines.
    """
    try:
        value = read_envelope(raw, reader)
    except PageRefused as error:
        value = _read_apart(raw, reader, error)
    items, has_more = value.get("items"), value.get("more")
    if not isinstance(items, list) or not isinstance(has_more, bool):
        raise PageRefused(reader.base, "the page has no items and more", "envelope")
    if len(items) > 2 * reader.limits.page:
        raise PageRefused(reader.base, f"a page of {len(items)} items", "page-items")
    after = read_cursor(value.get("next"), reader)
    if has_more and (after == since or not items):
        raise PageRefused(reader.base, "the page promises more and does not move", "endless")
    return Page(after, has_more, items, value.get("head"))


def _read_apart(raw: bytes, reader: SourceReader, error: PageRefused) -> dict[str, Any]:
    """Read a page member by member and item by item, since the whole is no strict JSON."""
    try:
        members = json_parts.members(raw.decode())
        items = json_parts.items(members.pop("items", ""))
    except (ValueError, RecursionError):
        raise ResyncNeeded(reader.base, str(error.detail), error.reason) from error
    value = {name: read_member(part, reader) for name, part in members.items()}
    return value | {"items": [_read_item(part, reader) for part in items]}


def read_member(part: str, reader: SourceReader) -> Any:
    """Parse one member of an answer; raise `PageRefused` naming the rule of JSON that it breaks."""
    try:
        return text.decode(
            part.encode(),
            max_depth=MAX_DEPTH,
            max_bytes=reader.limits.page_bytes,
            allow_floats=False,
        )
    except BadText as error:
        raise PageRefused(reader.base, str(error.detail), error.reason) from error


def _read_item(part: str, reader: SourceReader) -> Any:
    try:
        return read_member(part, reader)
    except PageRefused as error:
        loose = profile.parse_loosely(part.encode())
        if error.reason in objects.DOUBTFUL and loose:
            # It has a canonical form, so its origin may have counted it.
            return loose
        origin = loose.get("origin")
        return Broken(error.reason, origin if isinstance(origin, str) else reader.base)


def read_cursor(value: Any, reader: SourceReader) -> str:
    """Return a cursor, which must be fit for an address."""
    if not isinstance(value, str) or not _CURSOR.fullmatch(value):
        raise PageRefused(reader.base, "the cursor cannot be sent back", "cursor")
    return value
