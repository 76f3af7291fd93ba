"""The job that pulls: a thread for each source that is due, so that no peer delays another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy import select

import entraide
from entraide import JobRun, clock, database, runtime
from entraide.errors import Busy
from entraide_federation import settings
from entraide_federation.http import PeerClient
from entraide_federation.listing import visibility
from entraide_federation.origins import confirmation, dial_budget
from entraide_federation.reading import sources
from entraide_federation.reading.confirming import confirm
from entraide_federation.reading.pull import open_client, pull_source
from entraide_federation.reading.refusals import Stopped
from entraide_federation.reading.work import Trouble, Work, alive, start
from entraide_federation.store.models import Source
from entraide_federation.withholding import decisions

log = structlog.get_logger("entraide.federation")

MAX_THREADS = 64
"""Pulls at a time. A thread that waits for a silent peer costs some kilobytes."""
MAX_DOUBTFUL = 48
"""How many of them may go to peers that did not answer last time: the others never wait."""
MAX_DIALS = 16
"""Questions at a time to origins that only a relay named."""
MAX_DIALS_OF_RELAY = 8
"""How many of them one relay may cause."""

PATIENCE_SECONDS = 0.8
"""How long one run of the job waits for the threads it started: less than its period."""

PREPARE_EVERY_SECONDS = 60.0


class Puller:
    """One process's pulls of one site: who is being asked now, and a client for each peer.

    Clients share nothing, because a client serves one thread at a time.
    """

    def __init__(self) -> None:
        self._pulls: dict[str, Work] = {}
        self._dials: dict[str, Work] = {}
        self._clients: dict[str, PeerClient] = {}
        self._troubles: dict[str, Trouble] = {}
        self._prepared_at = float("-inf")

    def run(self, job: JobRun) -> None:
        """Start what is due and not running yet; wait a moment for what was started."""
        self._prepare()
        self._pulls, self._dials = alive(self._pulls), alive(self._dials)
        with database.reading() as session:
            waiting = sources.due(session, clock.now())
            doubtful = sources.doubtful(session) if waiting else set()
            strangers = dial_budget.due(session, settings.limits())
        started = [
            self._start_pull(base, base in doubtful, job.should_stop)
            for base in waiting
            if self._is_free(base) and self._has_room(base in doubtful)
        ]
        started += [
            self._start_dial(base, relay, job.should_stop)
            for base, relay in strangers
            if base not in self._dials and self._has_dials(relay)
        ]
        end = time.monotonic() + PATIENCE_SECONDS
        for thread in started:
            thread.join(max(0.0, end - time.monotonic()))

    def _is_free(self, base: str) -> bool:
        trouble = self._troubles.get(base)
        is_resting = trouble is not None and time.monotonic() < trouble.until
        return base not in self._pulls and not is_resting

    def _has_room(self, is_doubtful: bool) -> bool:  # noqa: FBT001 - a private question
        doubtful = sum(work.is_doubtful for work in self._pulls.values())
        return len(self._pulls) < MAX_THREADS and not (is_doubtful and doubtful >= MAX_DOUBTFUL)

    def _has_dials(self, relay: str) -> bool:
        of_relay = sum(work.relay == relay for work in self._dials.values())
        return len(self._dials) < MAX_DIALS and of_relay < MAX_DIALS_OF_RELAY

    def _start_pull(
        self,
        base: str,
        is_doubtful: bool,  # noqa: FBT001 - a private step
        should_stop: Callable[[], bool],
    ) -> threading.Thread:
        client = self._clients.setdefault(base, open_client())
        thread = start(f"pull-{base}", self.pull, base, client, should_stop)
        self._pulls[base] = Work(thread, is_doubtful)
        return thread

    def _start_dial(
        self, base: str, relay: str, should_stop: Callable[[], bool]
    ) -> threading.Thread:
        thread = start(f"dial-{base}", self.dial, base, should_stop)
        self._dials[base] = Work(thread, relay=relay)
        return thread

    def dial(self, base: str, should_stop: Callable[[], bool]) -> None:
        """Ask an origin that only a relay named for its keys; our own trouble is tried again."""
        try:
            with open_client() as client:
                confirm(base, client, should_stop)
        except Busy as error:
            log.info("federation-dial-postponed", origin=base, reason=str(error))
        except Exception:
            log.exception("federation-dial-failed", origin=base)

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
                sources.sync_configured(session, entraide.settings("federation"))
                visibility.hide_silent(session, now=clock.now(), limits=settings.limits())
                visibility.describe_again(session)
                confirmation.drop_unanswered(session, settings.limits())
                decisions.purge(session)
                asked = set(session.scalars(select(Source.base)))
            for base in self._clients.keys() - asked - self._pulls.keys():
                self._clients.pop(base).close()


def pull_due(run: JobRun) -> None:
    """Pull every source whose time has come, each in a thread of its own."""
    PULLER.get().run(run)


PULLER = runtime.Slot("reader of other sites", Puller)
