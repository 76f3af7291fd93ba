"""What a puller has under way: its threads, and its own troubles, which are waited out."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_PAUSE = 60.0
"""Our own trouble (a busy or full database) is waited out up to this many seconds."""


@dataclass
class Trouble:
    """What kept us from pulling a source, though the source did nothing wrong."""

    reason: str = ""
    failures: int = 0
    until: float = 0.0

    def count(self, reason: str) -> bool:
        """Count one more failure, twice as long a pause each time; tell whether it is news."""
        is_news, self.reason = reason != self.reason, reason
        self.failures += 1
        if self.failures > 1:
            self.until = time.monotonic() + min(2.0**self.failures, LONGEST_PAUSE)
        return is_news


@dataclass(frozen=True)
class Work:
    """A running thread; `is_doubtful` when its peer did not answer last time."""

    thread: threading.Thread
    is_doubtful: bool = False
    relay: str = ""


def start(name: str, work: Callable[..., None], *arguments: object) -> threading.Thread:
    """Start a thread for this work and return it."""
    # The thread works for the same site with the same clock as this one.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work, *arguments), name=name, daemon=True)
    thread.start()
    return thread


def alive(work: dict[str, Work]) -> dict[str, Work]:
    """Return what has not ended yet."""
    return {base: task for base, task in work.items() if task.thread.is_alive()}
