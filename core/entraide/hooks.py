"""The guard: the one way to ask a hook, so that a failing plugin never takes a page down."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any

import structlog

from entraide import runtime
from entraide.database.guarded import (
    EndedTransaction,
    flush_before_asking,
    read_only,
    savepoint,
)
from entraide.errors import CONTAINED, HookFailed
from entraide.hook_calls import Measured, count_failure
from entraide.hook_failures import Counter, place_of
from entraide.hook_policies import POLICIES, HookPolicy
from entraide.hook_registry import HookResult, Implementation, Registry

log = structlog.get_logger("entraide.hooks")

MAXIMUM_ITEMS = 1000


def ask(hook: str, **arguments: Any) -> list[HookResult[Any]]:
    """Ask every plugin and return what they said, in order; failures follow the hook's policy.

    *skip*: the failing plugin's answer is dropped. *deny*: it counts as False (or one Problem
    without words). *next*: the next plugin is asked. *block*, *retry*, *quarantine*: raises
    HookFailed, chained to the cause. With ENTRAIDE_STRICT=1 every failure is raised.
    """
    registry = runtime.current().registry
    policy = POLICIES[hook]
    results: list[HookResult[Any]] = []
    flush_before_asking()
    with read_only() if policy.only_reads else nullcontext() as mode:
        for implementation in _in_order(registry, hook, policy):
            results += _ask_one(registry, hook, implementation, policy, arguments, mode=mode)
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
    if not policy.only_reads:
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
        with (
            Measured(registry, "register_rules", asked, policy, 1),
            _session_mode(policy),
        ):
            results = _checked(asked, policy, relation(actor, subject))
    except CONTAINED as error:
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
    *,
    mode: read_only | None = None,
) -> list[HookResult[Any]]:
    """Ask one plugin; `mode` is that of the whole question, where its hooks only read."""
    counter = registry.counters[implementation.plugin, hook]
    if counter.is_suspended:
        return _silence(implementation, policy)
    if mode is None:
        flush_before_asking()
    try:
        with Measured(registry, hook, implementation, policy, 1):
            if mode is None:
                with _session_mode(policy):
                    return _answer(implementation, policy, arguments)
            try:
                results = _answer(implementation, policy, arguments)
            except BaseException:
                mode.forget()
                raise
            mode.settle()
            return results
    except CONTAINED as error:
        return _failed(hook, implementation, policy, counter, error)


def _ask_batch(
    registry: Registry,
    hook: str,
    implementation: Implementation,
    policy: HookPolicy,
    batch: Sequence[Mapping[str, Any]],
) -> list[list[HookResult[Any]]]:
    counter = registry.counters[implementation.plugin, hook]
    if counter.is_suspended:
        return [_silence(implementation, policy) for _ in batch]
    flush_before_asking()
    count = len(batch)
    try:
        with (
            Measured(registry, hook, implementation, policy, count),
            _session_mode(policy),
        ):
            return [_answer(implementation, policy, arguments) for arguments in batch]
    except EndedTransaction:
        raise
    except CONTAINED:
        return [_ask_one(registry, hook, implementation, policy, arguments) for arguments in batch]


def _silence(implementation: Implementation, policy: HookPolicy) -> list[HookResult[Any]]:
    """Return what a suspended hook says: nothing, or the refusal of one that decides."""
    if policy.failure == "deny":
        return [HookResult(implementation.plugin, policy.denial())]
    return []


def is_suspended(plugin: str, hook: str) -> bool:
    """Return whether a plugin's hook failed too often to be called at present."""
    counter = runtime.current().registry.counters.get((plugin, hook))
    return counter is not None and counter.is_suspended


def _answer(
    implementation: Implementation, policy: HookPolicy, arguments: Mapping[str, Any]
) -> list[HookResult[Any]]:
    chosen = {name: arguments[name] for name in implementation.arguments}
    return _checked(implementation, policy, implementation.function(**chosen))


def _session_mode(policy: HookPolicy) -> AbstractContextManager[object]:
    return read_only() if policy.only_reads else savepoint()


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
    file, line = place_of(
        runtime.current().registry.modules.get(implementation.plugin),
        implementation.function,
        error,
    )
    log.error(
        "hook-failed",
        hook=hook,
        plugin=implementation.plugin,
        error=counter.last_error,
        file=file,
        line=line,
        # Of a failure that comes again and again the first traceback says it all.
        exc_info=error if counter.is_news(counter.last_error) else None,
    )
    if is_strict() or isinstance(error, EndedTransaction):
        raise error
    if policy.failure in ("skip", "deny"):
        # The words of an exception may hold somebody's; its type and place hold nobody's.
        words = f"{type(error).__name__} ({file}, line {line})"
        count_failure(hook, implementation, counter, words)
    if policy.failure == "deny":
        return [HookResult(implementation.plugin, policy.denial())]
    if policy.failure in ("skip", "next"):
        return []
    words = f"{implementation.plugin} failed in {hook}: {counter.last_error}"
    raise HookFailed(words, place=(file, line)) from error
