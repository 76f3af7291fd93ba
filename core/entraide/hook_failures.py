"""What a failing or slow hook leaves: its place, its counter, an alarm for whoever runs the site."""

from __future__ import annotations

import contextlib
import inspect
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import orjson
import structlog

from entraide import clock, runtime
from entraide.binding import Bound

log = structlog.get_logger("entraide.hooks")

FAILURES, WINDOW, REST = 5, 600.0, 900.0
"""Breaker: 5 failures in 10 minutes suspend that plugin's hook for 15."""

SLOW_SECONDS = 0.2
"""A call that takes longer is named; for what is left out when it fails, it counts as a failure."""

PAGE_SECONDS = 0.5
"""So much of one page may all calls of one plugin's hook take before they are named."""

QUIET_SECONDS = 60.0
"""The same slow hook, or the traceback of the same failure, is told once in so many seconds."""

RECENT = timedelta(days=1)
"""An alarm is something wrong for so long."""


@dataclass
class Counter:
    """What happened at one plugin's hook: calls, seconds, failures (their times, newest last).

    `told` says when (seconds of the machine) what was last told of it.
    """

    calls: int = 0
    seconds: float = 0.0
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))
    suspended_until: float = 0.0
    last_error: str = ""
    slow_calls: int = 0
    told: dict[str, float] = field(default_factory=dict)

    @property
    def is_suspended(self) -> bool:
        """Return whether the hook is not called at present."""
        return self.suspended_until > 0 and self.suspended_until > clock.now().timestamp()

    def count_failure(self) -> bool:
        """Count a failure; return whether it suspends the hook."""
        now = clock.now().timestamp()
        self.failures.append(now)
        if len(self.failures) < FAILURES or now - self.failures[0] > WINDOW:
            return False
        self.suspended_until = now + REST
        self.failures.clear()
        return True

    def is_news(self, words: str) -> bool:
        """Return whether `words` were not told a moment ago; they count as told now."""
        now = time.monotonic()
        if now - self.told.get(words, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        self.told = {words: now, **dict(list(self.told.items())[:20])}
        return True


@dataclass(frozen=True)
class Alarm:
    """What whoever runs the site has to know of one plugin's hook, and since when."""

    plugin: str
    hook: str
    words: str
    at: datetime

    @property
    def is_recent(self) -> bool:
        """Return whether somebody should still look."""
        return clock.now() - self.at < RECENT


def place_of(
    module: ModuleType | None, function: Callable[..., Any], error: BaseException | None = None
) -> tuple[str, int]:
    """Return file and line of the last step of a failure in a plugin, else of the hook itself."""
    code = code_of(function)
    own = code.co_filename if code else ""
    path = Path(getattr(module, "__file__", None) or own)
    home = str(path.parent) if path.name == "__init__.py" else str(path)
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    steps = [step for step in frames if step.filename == own or step.filename.startswith(home)]
    if steps:
        return steps[-1].filename, steps[-1].lineno or 0
    return own or home, code.co_firstlineno if code else 0


def code_of(function: Callable[..., Any]) -> CodeType | None:
    """Return the code that a function runs: what it wraps, a partial's, an object's `__call__`."""
    inner = inspect.unwrap(function)
    inner = inner.func if isinstance(inner, partial) else inner
    code = getattr(inner, "__code__", None) or getattr(type(inner).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None


def raise_alarm(plugin: str, hook: str, words: str) -> None:
    """Write an alarm where `entraide status` finds it, from whatever process."""
    folder = _folder()
    alarm = {"plugin": plugin, "hook": hook, "words": words, "at": clock.now().timestamp()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = folder / f"{plugin}.{hook}.partial"
        written.write_bytes(orjson.dumps(alarm))
        written.replace(folder / f"{plugin}.{hook}.json")
    except OSError as error:
        log.warning("alarm-not-written", plugin=plugin, hook=hook, error=str(error))


def alarms() -> list[Alarm]:
    """Return the last alarm of each plugin's hook on this machine."""
    return list(_read_alarms())


def _read_alarms() -> Iterator[Alarm]:
    for path in sorted(_folder().glob("*.json")):
        with contextlib.suppress(OSError, ValueError, OverflowError, KeyError, TypeError):
            written = orjson.loads(path.read_bytes())
            at = datetime.fromtimestamp(written["at"], UTC)
            yield Alarm(written["plugin"], written["hook"], written["words"], at)


def _folder() -> Path:
    return runtime.current().settings.state / "alarms"


page_seconds: ContextVar[dict[tuple[str, str], float] | None] = ContextVar(
    "entraide_page_seconds", default=None
)


def one_page() -> Bound[dict[tuple[str, str], float] | None]:
    """Count together what each plugin's hooks take while one request is answered."""
    return Bound(page_seconds, {})
