"""The JSON profile of EFP/1: strict decoding, the canonical form and the element hash."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

from entraide import text
from entraide.errors import BadText
from entraide_federation.protocol.errors import BadProfile, Refusal, SchemaRefused, TooLarge
from entraide_federation.protocol.limits import DEFAULT

CONTEXT = "https://entraide.example/ns/federation/v1"
"""The only `@context`: a constant that no JSON-LD processor ever reads."""

_KEY = re.compile(r"[A-Za-z@$][A-Za-z0-9_$-]{0,39}")
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ESCAPE = re.compile(rb'\\[^"n]')
_ELEMENT_TAG = b"efp1-elt\0"
_known_keys: set[str] = set()
_KNOWN_KEYS_MAX = 4096


def decode(raw: bytes, limit: int | None = DEFAULT.object_bytes) -> dict[str, Any]:
    """Parse one document of at most `limit` bytes and hold it to the profile.

    Raises `BadProfile` or `TooLarge` with the reason of `entraide.text.decode`, `SchemaRefused`
    when the root is no object, and whatever `check` raises.
    """
    try:
        value = text.decode(
            raw, max_depth=DEFAULT.object_depth, max_bytes=limit, allow_floats=False
        )
    except BadText as error:
        kind: type[Refusal] = TooLarge if error.reason == "too-large" else BadProfile
        raise kind(error.reason, str(error.detail)) from error
    if not isinstance(value, dict):
        raise SchemaRefused("schema", "A document is a JSON object.")
    check(value)
    return value


def parse_loosely(line: bytes) -> dict[str, Any]:
    """Parse a line far enough to see what it is, empty if it is no object; trust nothing of it."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = None
    return value if isinstance(value, dict) else {}


def decode_canonical(
    line: bytes,
    limit: int | None = DEFAULT.object_bytes,
    *,
    parsed: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Parse a document that must already be in canonical form, several times faster.

    Whatever re-serialises to the same bytes has no duplicate key and no second spelling. Anything
    doubtful goes the slow way, which names the reason; a document within the profile in any other
    form raises `BadProfile` with the reason `not-canonical`. `parsed` is what `parse_loosely` made
    of the line, where somebody has looked already.
    """
    value = parse_loosely(line) if parsed is None else parsed
    if (limit is None or len(line) <= limit) and _is_plainly_canonical(value, line):
        return value
    document = decode(line, limit)
    if canonical(document) != line:
        raise BadProfile("not-canonical", "The line is not in canonical form (RFC 8785).")
    return document


def _is_plainly_canonical(value: dict[str, Any], line: bytes) -> bool:
    """Return whether a parsed line is canonical and within the profile beyond doubt."""
    return (
        value.get("@context") == CONTEXT
        and _has_plain_contexts(value, line)
        and _is_plain(value, 1)
        and canonical(value) == line
        and not _holds_forbidden(line)
    )


def canonical(document: Any) -> bytes:
    """Return the canonical form (RFC 8785) of a value within the profile.

    Keys are ASCII, so sorting by code point and by UTF-16 unit agree; numbers are integers.
    """
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def element(identifier: str, version: int, canonical_bytes: bytes) -> bytes:
    """Return the 32 bytes that stand for an object, proof included, in its origin's root."""
    content = hashlib.sha256(canonical_bytes).digest()
    name = f"{identifier}\0{version}\0".encode()
    return hashlib.sha256(_ELEMENT_TAG + name + content).digest()


def element_of(document: dict[str, Any]) -> bytes:
    """Return the element hash of a signed object that `objects.authenticate` let through."""
    return element(document["id"], document["version"], canonical(document))


def check(document: dict[str, Any]) -> None:
    """Hold parsed values to the profile.

    Raises `BadProfile` with the reason `context`, `depth`, `key-name`, `float`, `integer-range`,
    `control` or `surrogate`. NFC is not asked here: Unicode versions differ between languages, so
    it decides what is shown, never what counts (rule 7).
    """
    waiting: list[tuple[Any, int]] = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            _check_string(value)
        elif isinstance(value, dict | list):
            if depth > DEFAULT.object_depth:
                raise BadProfile("depth", f"At most {DEFAULT.object_depth} levels pass.")
            inner = _check_keys(value) if isinstance(value, dict) else value
            waiting.extend((item, depth + 1) for item in inner)
        elif value is not None and not isinstance(value, bool):
            _check_number(value)
    _check_contexts(document)


def _check_keys(value: dict[str, Any]) -> list[Any]:
    for key in value:
        if not _is_key(key):
            raise BadProfile("key-name", f"The key {key[:50]!a} is outside the pattern.")
    return list(value.values())


def _check_string(value: str) -> None:
    if match := _FORBIDDEN.search(value):
        raise BadProfile("control", f"U+{ord(match[0]):04X} may not travel.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadProfile("surrogate", "The text holds a lone surrogate.") from error


def _check_number(value: Any) -> None:
    if not isinstance(value, int):
        raise BadProfile("float", "Numbers are integers; write decimals as strings.")
    if abs(value) > text.MAX_INTEGER:
        raise BadProfile("integer-range", "Integers lie within ±(2^53-1).")


def _check_contexts(document: dict[str, Any]) -> None:
    if document.get("@context") != CONTEXT:
        raise BadProfile("context", f"The @context is exactly {CONTEXT}.")
    proof = document.get("proof")
    plain_places = [document, *(proof if isinstance(proof, list) else [proof])]
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
            expected = {"@context"} if any(value is place for place in plain_places) else set()
            if any(key[0] == "@" and key not in expected for key in value):
                raise BadProfile("context", "Keywords of JSON-LD stand nowhere else.")
        elif isinstance(value, list):
            waiting.extend(value)


def _has_plain_contexts(document: dict[str, Any], line: bytes) -> bool:
    """Say whether no key begins with `@` but the `@context` of a document and of its one proof."""
    proof = document.get("proof")
    allowed = 1 + (isinstance(proof, dict) and "@context" in proof)
    # Counting single bytes is three times faster, and few documents hold another.
    return line.count(b"@") == allowed or line.count(b'"@') == allowed


def _is_key(key: str) -> bool:
    if key in _known_keys:
        return True
    if not _KEY.fullmatch(key):
        return False
    if len(_known_keys) < _KNOWN_KEYS_MAX:
        _known_keys.add(key)
    return True


def _is_plain(value: Any, depth: int) -> bool:
    """Say whether parsed values have allowed types, keys, depth and integers."""
    if depth > DEFAULT.object_depth:
        return False
    if isinstance(value, dict):
        # Keys met before, nearly all of them, are compared as sets.
        if not value.keys() <= _known_keys and not all(map(_is_key, value)):
            return False
        value = value.values()
    for item in value:
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is int:
            if abs(item) > text.MAX_INTEGER:
                return False
        elif kind is float or not _is_plain(item, depth + 1):
            return False
    return True


def _holds_forbidden(line: bytes) -> bool:
    """Say whether canonical bytes hold a character that may not travel."""
    if b"\\" in line and _ESCAPE.search(line.replace(b"\\\\", b"")):
        return True
    # In UTF-8 a forbidden character that JSON leaves unescaped has one of these bytes.
    if not (b"\x7f" in line or b"\xc2" in line or b"\xd8" in line or b"\xe2" in line):
        return False
    # No forbidden character is printable, and asking that is five times faster than searching.
    characters = line.decode()
    return not characters.isprintable() and _FORBIDDEN.search(characters) is not None
