"""A run that passes its time limit: told while it lasts, because no thread can be ended from outside."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from entraide import hook_failures
from entraide.kinds import Job

GRACE_SECONDS = 5.0
"""Whoever looks at the deadline ends the step that was begun: so much longer is no mistake."""

LOOK_SECONDS = 5.0
"""How often a worker looks for runs that are late."""


@dataclass
class Run:
    """One run of a job, in the thread that made this; `is_told`: it was said that it is late."""

    job: Job
    started: float = field(default_factory=time.monotonic)
    thread: int = field(default_factory=threading.get_ident)
    is_told: bool = False

    def is_late(self) -> bool:
        """Return whether it has passed its limit, and the grace of a step."""
        return time.monotonic() - self.started > self.job.time_limit + GRACE_SECONDS

    def words(self) -> str:
        """Return what is wrong, with the place at which it is now, and the remedy."""
        limit = f"{self.job.time_limit:g} s"
        return (
            f"runs for more than its time limit of {limit}{_place(self)}. Let it return at "
            "run.deadline and go on next time, or give the job a longer time_limit"
        )


def place_of_failure(job: Job, failure: BaseException) -> str:
    """Return the file and line of a job at which it failed, in words; empty when nobody knows."""
    file, line = hook_failures.place_of(None, job.function, failure)
    return f" ({file}, line {line})" if line else ""


def _place(run: Run) -> str:
    frame = sys._current_frames().get(run.thread)  # noqa: SLF001 - the only way to see another thread
    code = hook_failures.code_of(run.job.function)
    if frame is None or code is None:
        return ""
    home = str(Path(code.co_filename).parent)
    own = [step for step in traceback.extract_stack(frame) if step.filename.startswith(home)]
    return f" (now at {own[-1].filename}, line {own[-1].lineno})" if own else ""
