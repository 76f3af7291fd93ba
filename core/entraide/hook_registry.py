"""The plugins of one site as the guard knows them: who implements which hook, and what happened."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Generic, TypeVar

from entraide import hook_failures
from entraide.hook_failures import Counter

Value = TypeVar("Value")


@dataclass(frozen=True)
class HookResult(Generic[Value]):
    """One item that a plugin returned from a hook."""

    plugin: str
    value: Value


@dataclass(frozen=True)
class Implementation:
    """One plugin's function for one hook and the arguments that it takes."""

    plugin: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class HookCall:
    """One question to one plugin: `calls` at once, from `started` on (of `time.perf_counter`).

    `outcome` is "answered", or the type of the exception.
    """

    hook: str
    plugin: str
    calls: int
    started: float
    seconds: float
    outcome: str


@dataclass
class QueryCount:
    """How many statements the code of one plugin has sent to the database, and their seconds."""

    queries: int = 0
    seconds: float = 0.0


@dataclass
class Registry:
    """The plugins of one site: modules in order, those set aside with the reason, and counters.

    `needs`, `well_known` and `decides` (only where something is asked for) come from each
    `plugin.toml`. With `is_traced` each call is
    logged, and one that takes longer than `slow_seconds` is named. `watch` hears of each call, in a
    site that its developer looks at. `queries` are those of a plugin's hooks, pages, jobs and commands.
    """

    modules: dict[str, ModuleType] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    implementations: dict[str, list[Implementation]] = field(
        default_factory=lambda: defaultdict(list)
    )
    counters: dict[tuple[str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    queries: dict[str, QueryCount] = field(default_factory=lambda: defaultdict(QueryCount))
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    well_known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decides: dict[str, tuple[str, ...]] = field(default_factory=dict)
    slow_seconds: float = hook_failures.SLOW_SECONDS
    timer: Callable[[], float] = time.perf_counter
    watch: Callable[[HookCall], None] | None = None
    is_traced: bool = field(default_factory=lambda: os.environ.get("ENTRAIDE_TRACE_HOOKS") == "1")

    def forget(self, plugin: str) -> None:
        """Take a plugin's implementations out."""
        self.modules.pop(plugin, None)
        for hook, known in self.implementations.items():
            self.implementations[hook] = [
                implementation for implementation in known if implementation.plugin != plugin
            ]
