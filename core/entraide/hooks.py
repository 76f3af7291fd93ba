"""The guard: the one way to ask a hook, so that a failing plugin never takes a page down."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import Any, Generic, TypeVar

import structlog

from entraide import clock, runtime
from entraide.database.guarded import (
    EndedTransaction,
    flush_before_asking,
    read_only,
    savepoint,
)
from entraide.errors import HookFailed
from entraide.hook_policies import POLICIES, Failure, HookPolicy

log = structlog.get_logger("entraide.hooks")

MAXIMUM_ITEMS = 1000
FAILURES, WINDOW, REST = 5, 600.0, 900.0
"""Breaker of *skip* hooks: 5 failures in 10 minutes suspend that plugin's hook for 15."""

current_plugin: ContextVar[str] = ContextVar("entraide_plugin", default="entraide")


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


@dataclass
class Counter:
    """What happened at one plugin's hook: calls, seconds, failures (their times, newest last)."""

    calls: int = 0
    seconds: float = 0.0
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))
    suspended_until: float = 0.0
    last_error: str = ""


@dataclass
class Registry:
    """The plugins of one site: modules in order, those set aside with the reason, and counters.

    `needs` and `well_known` come from each `plugin.toml`. With `is_traced` each call is logged.
    """

    modules: dict[str, ModuleType] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    implementations: dict[str, list[Implementation]] = field(
        default_factory=lambda: defaultdict(list)
    )
    counters: dict[tuple[str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    well_known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_traced: bool = field(default_factory=lambda: os.environ.get("ENTRAIDE_TRACE_HOOKS") == "1")

    def forget(self, plugin: str) -> None:
        """Take a plugin's implementations out."""
        self.modules.pop(plugin, None)
        for hook, known in self.implementations.items():
            self.implementations[hook] = [
                implementation for implementation in known if implementation.plugin != plugin
            ]


def ask(hook: str, **arguments: Any) -> list[HookResult[Any]]:
    """Ask every plugin and return what they said, in order; failures follow the hook's policy.

    *skip*: the failing plugin's answer is dropped. *deny*: it counts as False (or one Problem
    without words). *next*: the next plugin is asked. *block*, *retry*, *quarantine*: raises
    HookFailed, chained to the cause. With ENTRAIDE_STRICT=1 every failure is raised.
    """
    registry = runtime.current().registry
    policy = POLICIES[hook]
    results: list[HookResult[Any]] = []
    for implementation in _in_order(registry, hook, policy):
        results += _ask_one(registry, hook, implementation, policy, arguments)
        if policy.is_first_result and results:
            break
    return results


def ask_batch(hook: str, batch: Sequence[Mapping[str, Any]]) -> list[list[HookResult[Any]]]:
    """Return what `ask` says to each of `batch`, the arguments of one question each.

    A plugin is guarded once for the whole batch, because a guard costs more than most answers;
    when one of them fails, each question is asked on its own. Raises ValueError for hooks that
    may write: their failures each need a savepoint.
    """
    registry = runtime.current().registry
    policy = POLICIES[hook]
    if policy.failure not in ("skip", "deny"):
        raise ValueError(f"{hook} may write: use ask.")
    answers: list[list[HookResult[Any]]] = [[] for _ in batch]
    for implementation in _in_order(registry, hook, policy):
        for answer, results in zip(
            answers, _ask_batch(registry, hook, implementation, policy, batch), strict=True
        ):
            answer.extend(results)
    return answers


def ask_plugin(plugin: str, hook: str, **arguments: Any) -> list[HookResult[Any]]:
    """Ask one plugin only (events are told to each on its own)."""
    registry = runtime.current().registry
    mine = [
        implementation
        for implementation in registry.implementations[hook]
        if implementation.plugin == plugin
    ]
    return [
        item
        for implementation in mine
        for item in _ask_one(registry, hook, implementation, POLICIES[hook], arguments)
    ]


def ask_relation(
    plugin: str, relation: Callable[[Any, Any], bool], actor: Any, subject: Any
) -> bool:
    """Return whether a plugin's rule holds; one that fails, or says anything but True, does not."""
    registry = runtime.current().registry
    asked = Implementation(plugin, relation, ())
    policy = HookPolicy("deny", bool, is_iterable=False)
    counter = registry.counters[plugin, "register_rules"]
    flush_before_asking()
    try:
        with _counted(asked, counter, 1), _session_mode(policy.failure):
            results = _checked(asked, policy, relation(actor, subject))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - this is the guard
        results = _failed("register_rules", asked, policy, counter, error)
    return any(result.value for result in results)


def listeners(hook: str) -> list[str]:
    """Return the names of the plugins that implement `hook`, in order."""
    return [
        implementation.plugin for implementation in runtime.current().registry.implementations[hook]
    ]


def is_strict() -> bool:
    """Return whether failures are raised instead of contained (development and tests)."""
    return os.environ.get("ENTRAIDE_STRICT") == "1"


def _in_order(registry: Registry, hook: str, policy: HookPolicy) -> Iterable[Implementation]:
    # The built-ins come first everywhere, so built-in e-mail must answer `deliver` last.
    known = registry.implementations[hook]
    return reversed(known) if policy.is_first_result else list(known)


def _ask_one(
    registry: Registry,
    hook: str,
    implementation: Implementation,
    policy: HookPolicy,
    arguments: Mapping[str, Any],
) -> list[HookResult[Any]]:
    counter = registry.counters[implementation.plugin, hook]
    if _is_suspended(policy, counter):
        return []
    flush_before_asking()
    try:
        with _counted(implementation, counter, 1), _session_mode(policy.failure):
            return _answer(implementation, policy, arguments)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - this is the guard
        return _failed(hook, implementation, policy, counter, error)


def _ask_batch(
    registry: Registry,
    hook: str,
    implementation: Implementation,
    policy: HookPolicy,
    batch: Sequence[Mapping[str, Any]],
) -> list[list[HookResult[Any]]]:
    counter = registry.counters[implementation.plugin, hook]
    if _is_suspended(policy, counter):
        return [[] for _ in batch]
    flush_before_asking()
    try:
        with _counted(implementation, counter, len(batch)), _session_mode(policy.failure):
            return [_answer(implementation, policy, arguments) for arguments in batch]
    except EndedTransaction:
        raise
    except (Exception, SystemExit):  # noqa: BLE001 - this is the guard
        return [_ask_one(registry, hook, implementation, policy, arguments) for arguments in batch]


def _is_suspended(policy: HookPolicy, counter: Counter) -> bool:
    return policy.failure == "skip" and counter.suspended_until > clock.now().timestamp()


@contextmanager
def _counted(implementation: Implementation, counter: Counter, calls: int) -> Iterator[None]:
    """Remember whose code runs, how often it was called and how long that took."""
    started = time.perf_counter()
    token = current_plugin.set(implementation.plugin)
    try:
        yield
    finally:
        current_plugin.reset(token)
        seconds = time.perf_counter() - started
        counter.calls += calls
        counter.seconds += seconds
        if runtime.current().registry.is_traced:
            _trace(implementation, calls, seconds)


def _trace(implementation: Implementation, calls: int, seconds: float) -> None:
    outcome = type(error).__name__ if (error := sys.exception()) else "answered"
    log.info(
        "hook-called",
        hook=implementation.function.__name__,
        plugin=implementation.plugin,
        calls=calls,
        milliseconds=round(seconds * 1000, 3),
        outcome=outcome,
    )


def _answer(
    implementation: Implementation, policy: HookPolicy, arguments: Mapping[str, Any]
) -> list[HookResult[Any]]:
    chosen = {name: arguments[name] for name in implementation.arguments}
    return _checked(implementation, policy, implementation.function(**chosen))


@contextmanager
def _session_mode(failure: Failure) -> Iterator[None]:
    if failure == "quarantine":
        yield
        return
    with read_only() if failure in ("skip", "deny") else savepoint():
        yield


def _checked(
    implementation: Implementation, policy: HookPolicy, answer: Any
) -> list[HookResult[Any]]:
    if answer is None:
        return []
    if not policy.is_iterable:
        items = [answer]
    else:
        items = list(islice(answer, MAXIMUM_ITEMS + 1))
        if len(items) > MAXIMUM_ITEMS:
            raise TypeError(f"more than {MAXIMUM_ITEMS} items")
    for item in items:
        if not isinstance(item, policy.returns):
            raise TypeError(f"returned {type(item).__name__}, expected {policy.returns_words}")
    return [HookResult(implementation.plugin, item) for item in items]


def _failed(
    hook: str,
    implementation: Implementation,
    policy: HookPolicy,
    counter: Counter,
    error: BaseException,
) -> list[HookResult[Any]]:
    counter.last_error = f"{type(error).__name__}: {error}"
    log.error("hook-failed", hook=hook, plugin=implementation.plugin, error=counter.last_error)
    if is_strict() or isinstance(error, EndedTransaction):
        raise error
    if policy.failure == "skip":
        _count_failure(counter)
        return []
    if policy.failure == "deny":
        return [HookResult(implementation.plugin, policy.denial())]
    if policy.failure == "next":
        return []
    raise HookFailed(f"{implementation.plugin} failed in {hook}: {counter.last_error}") from error


def _count_failure(counter: Counter) -> None:
    now = clock.now().timestamp()
    counter.failures.append(now)
    if len(counter.failures) == FAILURES and now - counter.failures[0] <= WINDOW:
        counter.suspended_until = now + REST
        counter.failures.clear()
