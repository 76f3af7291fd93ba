"""Calls of hooks: whose code runs, how often and how long, what fails or is slow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event

from entraide import hook_failures, runtime
from entraide.binding import Bound
from entraide.database.guarded import OPENING
from entraide.errors import LEAVES
from entraide.hook_failures import Counter, page_seconds, place_of, raise_alarm
from entraide.hook_policies import HookPolicy
from entraide.hook_registry import HookCall, Implementation, QueryCount, Registry

log = structlog.get_logger("entraide.hooks")


current_plugin: ContextVar[str] = ContextVar("entraide_plugin", default="entraide")


def running(plugin: str) -> Bound[str]:
    """Run a block as code of `plugin`: the journal, events, mails and settings ask whose it is."""
    return Bound(current_plugin, plugin)


@event.listens_for(Engine, "before_cursor_execute")
def _start_query(connection: Connection, *_statement: Any) -> None:
    if current_plugin.get() != "entraide":
        connection.info["entraide_query_started"] = time.perf_counter()


@event.listens_for(Engine, "after_cursor_execute")
def _count_query(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    plugin = current_plugin.get()
    if plugin == "entraide" or statement[:20].upper().startswith(OPENING):
        return
    if (count := _query_count(plugin)) is not None:
        started = connection.info.pop("entraide_query_started", time.perf_counter())
        count.queries += 1
        count.seconds += time.perf_counter() - started


def _query_count(plugin: str) -> QueryCount | None:
    try:
        return runtime.current().registry.queries[plugin]
    except LookupError:
        # A thread of a plugin's own runs for no site.
        return None


@contextmanager
def answering(plugin: str) -> Iterator[None]:
    """Run a page or a resource as code of `plugin`: what would end the process is one error more."""
    with running(plugin):
        try:
            yield
        except LEAVES as error:
            raise RuntimeError(f"code of the plugin {plugin} ended with {error!r}") from error


class Measured:
    """Remember whose code runs, how often it was called and how long that took.

    A class, because a generator costs more than most hooks do.
    """

    __slots__ = (
        "_calls",
        "_hook",
        "_implementation",
        "_policy",
        "_registry",
        "_started",
        "_token",
    )

    def __init__(
        self,
        registry: Registry,
        hook: str,
        implementation: Implementation,
        policy: HookPolicy,
        calls: int,
    ) -> None:
        self._registry, self._hook, self._implementation = registry, hook, implementation
        self._policy, self._calls = policy, calls

    def __enter__(self) -> None:
        self._token = current_plugin.set(self._implementation.plugin)
        self._started = self._registry.timer()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        registry, calls = self._registry, self._calls
        seconds = registry.timer() - self._started
        current_plugin.reset(self._token)
        counter = registry.counters[self._implementation.plugin, self._hook]
        counter.calls += calls
        counter.seconds += seconds
        if registry.is_traced or registry.watch:
            outcome = type(error).__name__ if error else "answered"
            plugin = self._implementation.plugin
            trace_call(
                registry, HookCall(self._hook, plugin, calls, self._started, seconds, outcome)
            )
        # One that failed is counted as that already.
        if seconds > registry.slow_seconds * self._policy.patience * calls and error is None:
            self._note_slow(seconds / calls)
        else:
            self._add_to_page(seconds)

    def _add_to_page(self, seconds: float) -> None:
        page = page_seconds.get()
        if page is None:
            return
        key = self._implementation.plugin, self._hook
        page[key] = page.get(key, 0.0) + seconds
        if page[key] > hook_failures.PAGE_SECONDS:
            self._note_slow(page.pop(key))

    def _note_slow(self, seconds: float) -> None:
        counter = self._registry.counters[self._implementation.plugin, self._hook]
        note_slow(self._hook, self._implementation, counter, self._policy, seconds)


def note_slow(
    hook: str,
    implementation: Implementation,
    counter: Counter,
    policy: HookPolicy,
    seconds: float,
) -> None:
    """Name a slow hook; what a page can do without is suspended when that goes on."""
    counter.slow_calls += 1
    plugin = implementation.plugin
    file, line = place_of(runtime.current().registry.modules.get(plugin), implementation.function)
    if counter.is_news("slow"):
        milliseconds = round(seconds * 1000)
        log.warning(
            "hook-slow",
            hook=hook,
            plugin=plugin,
            file=file,
            line=line,
            milliseconds=milliseconds,
            slow_calls=counter.slow_calls,
        )
        raise_alarm(
            plugin, hook, f"slow, {milliseconds} ms in one call or page ({file}, line {line})"
        )
    if policy.failure == "skip":
        count_failure(hook, implementation, counter, f"slow ({file}, line {line})")


def trace_call(registry: Registry, call: HookCall) -> None:
    """Tell whoever watches this site in development of one call."""
    if registry.watch is not None:
        registry.watch(call)
    if registry.is_traced:
        log.info(
            "hook-called",
            hook=call.hook,
            plugin=call.plugin,
            calls=call.calls,
            milliseconds=round(call.seconds * 1000, 3),
            outcome=call.outcome,
        )


def count_failure(hook: str, implementation: Implementation, counter: Counter, words: str) -> None:
    """Count a failure of a plugin's hook; with too many of them it rests, and an alarm says so."""
    if counter.count_failure():
        plugin = implementation.plugin
        minutes = round(hook_failures.REST / 60)
        log.error("hook-suspended", hook=hook, plugin=plugin, minutes=minutes, cause=words)
        raise_alarm(
            plugin, hook, f"failed too often and is not asked for {minutes} minutes: {words}"
        )
