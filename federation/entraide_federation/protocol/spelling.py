"""The exact spellings of the protocol: origins, object ids, key ids, times and dates."""

from __future__ import annotations

import base64
import re
from datetime import date, datetime
from functools import lru_cache

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?=[a-z0-9.-]{{4,253}}(?:/|\Z))(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}"
_PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_SECURE = rf"https://{_HOST}"
_LOOPBACK = rf"http://127\.0\.0\.1:{_PORT}"

_ORIGIN = re.compile(_SECURE)
_ANY_ORIGIN = re.compile(rf"{_SECURE}|{_LOOPBACK}")
_TAIL = re.compile(rf"/federation/o/{_UUID7}")
_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_YEAR = r"[1-9][0-9]{3}"
"""From 1000: databases and programs write earlier ones without their zeros, and cannot read them."""
_TIME = re.compile(rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}Z")
_DATE = re.compile(rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}")
_TIME_LENGTH, _DATE_LENGTH = len("2026-01-05T10:00:00Z"), len("2026-01-05")
_TAIL_LENGTH = len("/federation/o/") + 36


def is_origin(value: object, *, development: bool = False) -> bool:
    """Say whether `value` spells an origin: https, lower-case A-labels, no port and no user.

    In development `http://127.0.0.1:PORT` counts too, literally.
    """
    pattern = _ANY_ORIGIN if development else _ORIGIN
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def is_id_of(value: object, origin: str) -> bool:
    """Say whether `value` is an object id under `origin`, itself already checked."""
    return (
        isinstance(value, str)
        and value.startswith(origin)
        and _TAIL.fullmatch(value, len(origin)) is not None
    )


def origin_of(identifier: object, *, development: bool = False) -> str | None:
    """Return the origin in an object id, or None when the id is not spelled exactly."""
    if not isinstance(identifier, str):
        return None
    origin = identifier[:-_TAIL_LENGTH]
    is_exact = is_origin(origin, development=development) and is_id_of(identifier, origin)
    return origin if is_exact else None


def method_of(origin: str, key_name: str) -> str:
    """Return the id of a key of `origin`: `{origin}/federation/actor#{key_name}`."""
    return f"{origin}/federation/actor#{key_name}"


def is_method_of(value: object, origin: str) -> bool:
    """Say whether `value` is the id of a key of `origin`."""
    return isinstance(value, str) and _is_method_of(value, origin)


@lru_cache(maxsize=1024)
def _is_method_of(value: str, origin: str) -> bool:
    # An origin has a handful of keys and thousands of objects.
    prefix = method_of(origin, "")
    return value.startswith(prefix) and _KEY_NAME.fullmatch(value, len(prefix)) is not None


def parse_time(value: object) -> datetime | None:
    """Return the time that `value` spells as `2026-01-05T10:00:00Z`, or None."""
    if not isinstance(value, str) or len(value) != _TIME_LENGTH:
        return None
    return _parse_time(value)


@lru_cache(maxsize=1024)
def _parse_time(value: str) -> datetime | None:
    # An object repeats its times: created, updated and signed in one second.
    if not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def parse_date(value: object) -> date | None:
    """Return the day that `value` spells as `2026-01-05`, or None."""
    if not isinstance(value, str) or len(value) != _DATE_LENGTH:
        return None
    return _parse_date(value)


@lru_cache(maxsize=1024)
def _parse_date(value: str) -> date | None:
    if not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def write_base64(raw: bytes) -> str:
    """Return bytes as base64url without padding, as epochs and cursors are spelled."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
