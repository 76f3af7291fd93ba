"""The wrapping of answers: strict JSON whose items are judged one by one elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from entraide import text
from entraide.errors import BadText
from entraide_federation.client.reader import Reader
from entraide_federation.client.refusals import PageRefused

MAX_DEPTH = 10
"""An object's eight levels stand two levels deep in a page."""

_CURSOR = re.compile(r"[A-Za-z0-9._~-]{1,200}")


@dataclass(frozen=True)
class Page:
    """One page of a change feed; `head` is absent while more follows."""

    next: str
    has_more: bool
    items: list[Any]
    head: Any


def read_envelope(raw: bytes, reader: Reader) -> dict[str, Any]:
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


def read_page(raw: bytes, reader: Reader, since: str) -> Page:
    """Read a page of the change feed that was asked for with `since`."""
    value = read_envelope(raw, reader)
    items, has_more = value.get("items"), value.get("more")
    if not isinstance(items, list) or not isinstance(has_more, bool):
        raise PageRefused(reader.base, "the page has no items and more", "envelope")
    if len(items) > 2 * reader.limits.page:
        raise PageRefused(reader.base, f"a page of {len(items)} items", "page-items")
    after = read_cursor(value.get("next"), reader)
    if has_more and (after == since or not items):
        raise PageRefused(reader.base, "the page promises more and does not move", "endless")
    return Page(after, has_more, items, value.get("head"))


def read_cursor(value: Any, reader: Reader) -> str:
    """Return a cursor, which must be fit for an address."""
    if not isinstance(value, str) or not _CURSOR.fullmatch(value):
        raise PageRefused(reader.base, "the cursor cannot be sent back", "cursor")
    return value
