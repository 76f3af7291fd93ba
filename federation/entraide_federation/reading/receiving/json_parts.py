"""Cutting a JSON text into its members and items, so that a broken one spoils no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_DECODER = json.JSONDecoder(strict=False)
_BLANK = re.compile(r"[ \t\r\n]*")


def members(source: str) -> dict[str, str]:
    """Return the text of each member of an object, by its name.

    Raises ValueError where the syntax breaks off or a name comes twice, RecursionError for what
    nests deeper than the parser can.
    """
    parts: dict[str, str] = {}
    for start in _starts(source, "{", "}"):
        name, end = _DECODER.raw_decode(source, start)
        begin = _skip(source, _expect(source, end, ":"))
        if not isinstance(name, str) or name in parts:
            raise ValueError("A member has no name, or that of another one.")
        parts[name] = source[begin : _end_of(source, begin)]
    return parts


def items(source: str) -> list[str]:
    """Return the text of each item of an array; raises as `members` does."""
    return [source[start : _end_of(source, start)] for start in _starts(source, "[", "]")]


def _starts(source: str, opening: str, closing: str) -> Iterator[int]:
    """Yield where each part begins; the parts are found again by parsing them."""
    position = _skip(source, _expect(source, 0, opening))
    is_first = True
    while not source.startswith(closing, position):
        position = position if is_first else _skip(source, _expect(source, position, ","))
        is_first = False
        yield position
        position = _end_of(source, position)
        if opening == "{":
            position = _end_of(source, _skip(source, _expect(source, position, ":")))
        position = _skip(source, position)
    if _skip(source, position + 1) != len(source):
        raise ValueError("Something follows the end.")


def _end_of(source: str, start: int) -> int:
    _value, end = _DECODER.raw_decode(source, start)
    return end


def _skip(source: str, position: int) -> int:
    blank = _BLANK.match(source, position)
    return blank.end() if blank else position


def _expect(source: str, position: int, mark: str) -> int:
    position = _skip(source, position)
    if not source.startswith(mark, position):
        raise ValueError(f"{mark} is missing at character {position}.")
    return position + 1
