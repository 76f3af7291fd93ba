"""The checks of which the members of an object are declared (rule 12)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from entraide import text
from entraide_federation.protocol import spelling

KIND = re.compile(r"[a-z][a-z0-9_]{1,39}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
TERRITORY_CODE = re.compile(r"[0-9A-Za-z-]{1,20}")
LABEL = re.compile(r"[A-Za-z0-9_.-]{1,100}")
MOMENT = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z?")
RULE = re.compile(r"[A-Z0-9=;,:+-]{1,300}")
ZONE = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
RNA = re.compile(r"W[0-9A-Z]{9}")
SIRET = re.compile(r"[0-9]{14}")
INCLUSION = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
REASON = re.compile(r"[a-z][a-z0-9_-]{0,39}")
ELEMENT = re.compile(r"[0-9a-f]{64}")


class Check(Protocol):
    """What one member holds."""

    @property
    def accepts(self) -> Callable[[Any, str], bool]:
        """Return what judges a value; the second argument is the document's origin, checked before."""
        ...


@dataclass(frozen=True, slots=True)
class FreeText:
    """A string of `least` to `most` code points."""

    least: int
    most: int

    def accepts(self, value: Any, _: str) -> bool:
        """Return whether `value` is such a string."""
        return isinstance(value, str) and self.least <= len(value) <= self.most


@dataclass(frozen=True, slots=True)
class Spelled:
    """A string that `pattern` matches as a whole."""

    pattern: re.Pattern[str]

    def accepts(self, value: Any, _: str) -> bool:
        """Return whether `value` is such a string."""
        return isinstance(value, str) and self.pattern.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class SpelledList:
    """A list of `least` to `most` strings that `pattern` matches."""

    pattern: re.Pattern[str]
    least: int
    most: int

    def accepts(self, value: Any, _: str) -> bool:
        """Return whether `value` is such a list."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            return False
        # A loop, because a generator costs more than the lists are long.
        for item in value:
            if not isinstance(item, str) or not self.pattern.fullmatch(item):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer (true and false are none) from `least` to `most`."""

    least: int
    most: int

    def accepts(self, value: Any, _: str) -> bool:
        """Return whether `value` is such an integer."""
        return type(value) is int and self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these strings."""

    choices: frozenset[str]

    def accepts(self, value: Any, _: str) -> bool:
        """Return whether `value` is one of them."""
        return isinstance(value, str) and value in self.choices


@dataclass(frozen=True, slots=True)
class Judged:
    """What a function of this module or of `spelling` accepts."""

    accepts: Callable[[Any, str], bool]


def is_time(value: Any, _: str = "") -> bool:
    """Return whether `value` spells a time in UTC to the second."""
    return spelling.parse_time(value) is not None


def is_date(value: Any, _: str = "") -> bool:
    """Return whether `value` spells a day."""
    return spelling.parse_date(value) is not None


def is_moment(value: Any, _: str = "") -> bool:
    """Return whether `value` spells a time of a schedule: local to its `timezone`, or UTC with Z."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_flag(value: Any, _: str = "") -> bool:
    """Return whether `value` is true or false."""
    return isinstance(value, bool)


def is_own_url(value: Any, origin: str) -> bool:
    """Return whether `value` is a clean address of the origin itself."""
    return (
        isinstance(value, str)
        and value.startswith(f"{origin}/")
        and text.is_clean_url_path(value, start=len(origin))
    )


def is_url(value: Any, origin: str) -> bool:
    """Return whether `value` is a clean web address anywhere; http only in development."""
    is_text = isinstance(value, str)
    return is_text and text.is_clean_url(value, https_only=origin.startswith("https:"))


def is_any_id(value: Any, origin: str) -> bool:
    """Return whether `value` is an object id of any origin; loopback ones only in development."""
    return spelling.origin_of(value, development=origin.startswith("http:")) is not None


def is_target(value: Any, origin: str) -> bool:
    """Return whether `value` is an object id, or the address of an origin for all of it."""
    is_base = isinstance(value, str) and spelling.is_origin(
        value, development=origin.startswith("http:")
    )
    return is_base or is_any_id(value, origin)


def is_extension(value: Any, _: str = "") -> bool:
    """Return whether `value` maps names to objects."""
    return isinstance(value, dict) and all(isinstance(item, dict) for item in value.values())


class Members:
    """The members of an object, one that travels or one inside it; both map a member to its check."""

    def __init__(self, required: Mapping[str, Check], optional: Mapping[str, Check]) -> None:
        self.required, self.optional = required, optional
        self.names = frozenset(required) | frozenset(optional)
        # Looked up once: an object has twenty members, a snapshot a hundred thousand objects.
        self._required = tuple((name, check.accepts) for name, check in required.items())
        self._optional = tuple((name, check.accepts) for name, check in optional.items())

    def find_mistake(self, document: Mapping[str, Any], origin: str) -> str | None:
        """Return a sentence on the first member that is missing or wrong, or None."""
        for name, accepts in self._required:
            if not accepts(document.get(name), origin):
                return f"{name} is {'not acceptable' if name in document else 'missing'}."
        for name, accepts in self._optional:
            if name in document and not accepts(document[name], origin):
                return f"{name} is not acceptable."
        return None

    def accepts(self, value: Any, origin: str) -> bool:
        """Return whether `value` is an object whose members are all acceptable."""
        return isinstance(value, dict) and self.find_mistake(value, origin) is None
