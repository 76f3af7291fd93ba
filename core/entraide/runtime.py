"""What one running site holds, and the context variable through which code finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entraide import clock as clocks

if TYPE_CHECKING:
    from entraide.config import Settings
    from entraide.database import Database
    from entraide.hooks import Registry
    from entraide.kinds import Kind


@dataclass
class Runtime:
    """One site in one process: its settings, clock, database, plugins and kinds of help.

    `services` holds one object per name for features that keep something open (the gazetteer,
    the search index, the queue); `plugin_settings` the validated settings of each plugin.
    """

    settings: Settings
    database: Database
    registry: Registry
    clock: clocks.Clock = field(default_factory=clocks.SystemClock)
    kinds: dict[str, Kind] = field(default_factory=dict)
    plugin_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, Any] = field(default_factory=dict)


_runtime: ContextVar[Runtime] = ContextVar("entraide_runtime")


def current() -> Runtime:
    """Return the site that this code runs for; LookupError outside any site."""
    return _runtime.get()


@contextmanager
def activate(runtime: Runtime) -> Iterator[Runtime]:
    """Run a block for `runtime`: its clock, database and plugins are the current ones."""
    token = _runtime.set(runtime)
    with clocks.using(runtime.clock):
        try:
            yield runtime
        finally:
            _runtime.reset(token)
