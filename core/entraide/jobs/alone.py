"""A job runs once at a time on this machine: its worker and `entraide jobs run` share a lock."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from entraide.errors import Refused
from entraide.jobs.presence import FOLDER

LOCKS = "jobs"


@contextmanager
def running_alone(state: Path, name: str, *, waits: bool = True) -> Iterator[None]:
    """Hold the lock of a job for a block; the system gives it back when the process dies.

    Without `waits` it raises Refused while the job runs.
    """
    file = _opened(state / LOCKS / quote(name, safe=""))
    if file is None:
        # A state that cannot be written is said elsewhere: the work goes on.
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"{name} runs right now. Look again: entraide jobs") from error
        yield


def is_of_this_machine(state: Path, holder: str) -> bool:
    """Return whether the worker that holds a lease lives, or lived, on this machine."""
    return (state / FOLDER / holder).exists()


def _opened(path: Path) -> IO[bytes] | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError:
        return None
