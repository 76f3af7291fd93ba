"""Context variables that have a value while a block runs."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Bound(Generic[Value]):
    """Let a context variable have a value while a block runs: `with Bound(variable, value):`.

    A class, because a generator costs more than most of what runs inside.
    """

    __slots__ = ("_token", "_value", "_variable")

    def __init__(self, variable: ContextVar[Value], value: Value) -> None:
        self._variable, self._value = variable, value

    def __enter__(self) -> None:
        self._token = self._variable.set(self._value)

    def __exit__(self, *_failure: object) -> None:
        self._variable.reset(self._token)
