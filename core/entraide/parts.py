"""What the parts of an answer to a hook may be, by their annotations: checked when it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from entraide.i18n import LazyText

WORDS = (str, LazyText)
EXPECTED: Mapping[str, tuple[Any, ...]] = {
    "str": (str,),
    "Text": WORDS,
    "bool": (bool,),
    "int": (int, float),
    "float": (int, float),
    "Mapping[str, Any]": (Mapping,),
    "Callable[[JobRun], None]": (Callable,),
}
"""The types of each annotation that is checked; an order may be a fraction."""

NAMES: Mapping[tuple[Any, ...], str] = {
    WORDS: '_("…") or a string',
    (int, float): "a number",
    (Mapping,): "a dict",
    (Callable,): "a function",
}


class Checked:
    """A dataclass whose parts have the types of their annotations; TypeError names one that has not."""

    def __post_init__(self) -> None:
        for words in mistakes_in_parts(self):
            raise TypeError(f"{type(self).__name__}: {words}")


def mistakes_in_parts(declared: Any) -> Iterator[str]:
    """Yield what is wrong with the types of the parts of a dataclass."""
    for name, expected in _expected_of(declared):
        value = getattr(declared, name)
        if not isinstance(value, expected):
            words = NAMES.get(expected) or f"a {expected[0].__name__}"
            yield f"{name}={value!r} is not {words}"


_KNOWN: dict[type, list[tuple[str, tuple[Any, ...]]]] = {}


def _expected_of(declared: Any) -> list[tuple[str, tuple[Any, ...]]]:
    # Links and badges are made for every page.
    if type(declared) not in _KNOWN:
        parts = [(part.name, EXPECTED.get(str(part.type), ())) for part in fields(declared)]
        _KNOWN[type(declared)] = [(name, expected) for name, expected in parts if expected]
    return _KNOWN[type(declared)]
