"""The process that waits for changed files and starts the trial site anew in a child."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from entraide.kit.developing.watching import (
    CORE,
    Snapshot,
    changed,
    take_snapshot,
    watched_roots,
)

POLL_SECONDS = 0.5
SETTLE_SECONDS = 0.1
"""Tools that change many files at once are waited for, so that the site starts once."""
STOP_SECONDS = 1.0
"""A child that still works on something then is ended: nothing of a trial site is worth a wait."""


class Restarter:
    """Runs one trial site in a child process; `tell` says what happens, one sentence each."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder, self._tell = folder, tell
        self._stopped = threading.Event()
        self._roots: list[Path] = []
        self._seen: Snapshot = {}
        self._child: subprocess.Popen[bytes] | None = None
        # One that has imported the core already and waits: what is left is the plugins' part.
        self._spare: subprocess.Popen[bytes] | None = None
        self._greets = True

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; a site that cannot start waits for the next change."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: self._stopped.set())
        try:
            self._start()
            while not self._stopped.wait(POLL_SECONDS):
                self._look()
        finally:
            self._stop()
            self._drop_spare()

    def _look(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child, self._greets = None, True
            self._tell("The site does not run; the next change of a file starts it again.")
        if files := changed(self._seen, take_snapshot(self._roots)):
            self._settle()
            others = f" and {len(files) - 1} more" if len(files) > 1 else ""
            self._tell(f"{files[0]}{others} changed: the site starts anew.")
            self._stop()
            self._start()
        elif self._child is not None and self._spare is None:
            self._spare = _waiting_child(self._folder)

    def _settle(self) -> None:
        before = take_snapshot(self._roots)
        while not self._stopped.wait(SETTLE_SECONDS):
            after = take_snapshot(self._roots)
            if after == before:
                return
            before = after

    def _start(self) -> None:
        # Looked at before the child reads them: a change meanwhile starts it once more.
        before, self._roots = self._seen, watched_roots(self._folder)
        self._seen = take_snapshot(self._roots)
        if any(Path(name).is_relative_to(CORE) for name in changed(before, self._seen)):
            self._drop_spare()
        child, self._spare = self._spare, None
        if child is None or child.poll() is not None:
            child = _waiting_child(self._folder)
        self._child = child
        # One that has ended at once is told by the next look.
        if child.stdin is not None:
            with suppress(BrokenPipeError), child.stdin as words:
                words.write(b"greet" if self._greets else b"go")
        self._greets = False

    def _drop_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.kill()
            spare.wait()

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _waiting_child(folder: Path) -> subprocess.Popen[bytes]:
    # Compiled files keep whole seconds: two changes in one would leave the older in use.
    return subprocess.Popen(  # noqa: S603 - our own module, by its name
        [sys.executable, "-P", "-B", "-m", f"{__package__}.child", folder],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
