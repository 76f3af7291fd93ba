"""The job that pulls: a thread for each source that is due, so that no peer delays another."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from entraide import JobRun, clock, database, runtime
from entraide.errors import Busy
from entraide_federation import settings, sources, visibility
from entraide_federation.client.pull import open_client, pull_source
from entraide_federation.client.refusals import Stopped
from entraide_federation.http import PeerClient

log = structlog.get_logger("entraide.federation")

MAX_THREADS = 16
PATIENCE_SECONDS = 0.8
"""How long one run of the job waits for the threads it started: less than its period."""

SERVICE = "federation-puller"
PREPARE_EVERY_SECONDS = 60.0
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


class Puller:
    """One process's pulls of one site: who is being asked now, and a client for each peer.

    Clients share nothing, because a client serves one thread at a time.
    """

    def __init__(self) -> None:
        self._running: dict[str, threading.Thread] = {}
        self._clients: dict[str, PeerClient] = {}
        self._troubles: dict[str, Trouble] = {}
        self._prepared_at = float("-inf")

    def run(self, job: JobRun) -> None:
        """Start what is due and not running yet; wait a moment for what was started."""
        self._prepare()
        self._running = {base: one for base, one in self._running.items() if one.is_alive()}
        with database.reading() as session:
            waiting = sources.due(session, clock.now())
        started = [
            self._start(base, job.should_stop)
            for base in waiting
            if self._is_free(base) and len(self._running) < MAX_THREADS
        ]
        end = time.monotonic() + PATIENCE_SECONDS
        for thread in started:
            thread.join(max(0.0, end - time.monotonic()))

    def _is_free(self, base: str) -> bool:
        trouble = self._troubles.get(base)
        is_resting = trouble is not None and time.monotonic() < trouble.until
        return base not in self._running and not is_resting

    def _start(self, base: str, should_stop: Callable[[], bool]) -> threading.Thread:
        client = self._clients.setdefault(base, open_client())
        # The thread works for the same site with the same clock as this one.
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(self.pull, base, client, should_stop), name=f"pull-{base}",
            daemon=True,
        )  # fmt: skip
        self._running[base] = thread
        thread.start()
        return thread

    def pull(self, base: str, http: PeerClient, should_stop: Callable[[], bool]) -> None:
        """Pull one source; whatever goes wrong on our side ends in the log and is tried again."""
        trouble = self._troubles.setdefault(base, Trouble())
        try:
            pull_source(base, http=http, should_stop=should_stop)
        except Stopped:
            log.info("federation-pull-stopped", source=base)
        except (Busy, LookupError) as error:
            # Our own database was busy, or the peer was taken out meanwhile: the next run sees.
            if trouble.count(str(error)):
                log.info("federation-pull-postponed", source=base, reason=str(error))
        except Exception as error:
            if trouble.count(f"{type(error).__name__}: {error}"):
                log.exception("federation-pull-failed", source=base)
        else:
            self._troubles.pop(base, None)

    def _prepare(self) -> None:
        """Now and then take the peers of the settings over, and hide who has fallen silent."""
        if time.monotonic() - self._prepared_at >= PREPARE_EVERY_SECONDS:
            self._prepared_at = time.monotonic()
            with database.writing() as session:
                table = runtime.current().plugin_settings["federation"]
                sources.sync_configured(session, table)
                visibility.hide_silent(session, now=clock.now(), limits=settings.limits())


def pull_due(run: JobRun) -> None:
    """Pull every source whose time has come, each in a thread of its own."""
    services = runtime.current().services
    puller: Puller = services.setdefault(SERVICE, Puller())
    puller.run(run)
