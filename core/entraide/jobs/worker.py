"""The worker: runs periodic jobs when they are due and the queue's one-off tasks at once."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import IO

import structlog
from sqlalchemy.exc import IntegrityError

from entraide import clock, runtime
from entraide.errors import CONTAINED, Busy, EntraideError, StorageFull
from entraide.ids import new_token
from entraide.jobs import leases, overtime, presence
from entraide.jobs.alone import running_alone
from entraide.jobs.queue import QUEUE, QueueConsumer
from entraide.kinds import Job, JobRun

log = structlog.get_logger("entraide.worker")

REPORT_SECONDS = 60.0
"""A healthy job writes its success at most once a minute; a failure at once."""
LONGEST_PAUSE = 30.0
"""A job that fails again and again waits twice as long each time, up to this many seconds."""


class Schedule:
    """One job of this worker: when it is due next and until when its lease is known to hold."""

    def __init__(self, job: Job, holder: str) -> None:
        self.job, self.holder = job, holder
        self.due = 0.0
        self.leased_until = 0.0
        self.reported_at = 0.0
        self.last_error = ""
        self.logged_error = ""
        self.failures = 0
        self.quiet_mark = ""
        self.ran_at = 0.0
        self.run: overtime.Run | None = None

    def wait(self) -> float:
        """Return the seconds until this job is due; 0 when it is."""
        return max(0.0, self.due - time.monotonic())

    def run_if_due(self, should_stop: threading.Event) -> None:
        """Run the job when its time has come and this worker holds its lease."""
        started = time.monotonic()
        if started < self.due:
            return
        self.due = started + self.job.period
        try:
            if not self._hold_lease(started) or self._is_quiet(started):
                return
            self._run(should_stop)
        except CONTAINED as failure:
            error = (
                f"{type(failure).__name__}: {failure}{overtime.place_of_failure(self.job, failure)}"
            )
            self._note_failure(error, failure)
        else:
            error = ""
            self._note_success()
        self._report(error)

    def _run(self, should_stop: threading.Event) -> None:
        with running_alone(runtime.current().settings.state, self.job.name):
            deadline = clock.now() + timedelta(seconds=self.job.time_limit)
            self.run = overtime.Run(self.job)
            try:
                self.job.function(JobRun(deadline, should_stop.is_set))
            finally:
                self.run = None

    def tell_if_late(self) -> None:
        """Say once, in the log and in `entraide status`, that the run has passed its time limit."""
        run = self.run
        if run is None or run.is_told or not run.is_late():
            return
        run.is_told = True
        words = run.words()
        log.error("job-late", job=self.job.name, error=words)
        if not self.job.is_local:
            # The next good run takes it back, at once.
            self.last_error = words
            leases.report(self.job.name, self.holder, words, has_ended=False)

    def _note_failure(self, error: str, failure: BaseException) -> None:
        # The first time it is tried again at once: most failures are over by then.
        self.failures += 1
        self.quiet_mark = ""
        if self.failures > 1:
            self.due = max(self.due, time.monotonic() + min(2.0**self.failures, LONGEST_PAUSE))
        if error != self.logged_error:
            log.error("job-failed", job=self.job.name, exc_info=failure)
        self.logged_error = error

    def _note_success(self) -> None:
        if self.failures > 0:
            log.info("job-recovered", job=self.job.name, failures=self.failures)
        self.failures, self.logged_error = 0, ""

    def _is_quiet(self, started: float) -> bool:
        """Return whether nobody has written since the last good run, which is not long ago."""
        if not self.job.idle_period:
            return False
        # Read before the job runs: what is committed meanwhile is news for the next time.
        mark = runtime.current().database.change_mark.read()
        if mark == self.quiet_mark and started - self.ran_at < self.job.idle_period:
            return True
        self.quiet_mark, self.ran_at = mark, started
        return False

    def _hold_lease(self, started: float) -> bool:
        if self.job.is_local:
            return True
        # A lease outlives the longest run, and is renewed at half time to spare a write per tick.
        length = leases.LEASE + timedelta(seconds=self.job.time_limit)
        if started + length.total_seconds() / 2 < self.leased_until:
            return True
        try:
            is_held = leases.take(self.job.name, self.holder, length)
        except StorageFull:
            # Nobody works here until there is space again, and whoever runs the site must know.
            raise
        except (Busy, IntegrityError):
            return False
        self.leased_until = started + length.total_seconds() if is_held else 0.0
        return is_held

    def _report(self, error: str) -> None:
        now = time.monotonic()
        if self.job.is_local:
            return
        if error == self.last_error and now - self.reported_at < REPORT_SECONDS:
            return
        self.reported_at, self.last_error = now, error
        try:
            leases.report(self.job.name, self.holder, error)
        except Exception:  # noqa: BLE001 - the log has the error; the row gets it later
            self.reported_at = 0.0


class Worker:
    """Runs one site's jobs until `stop`: in a process of its own or embedded in the server.

    Each job has a thread of its own, so that a slow pull does not delay publishing.
    """

    def __init__(self, site: runtime.Runtime, jobs: list[Job]) -> None:
        self.site = site
        holder = new_token()
        self.schedules = [Schedule(job, holder) for job in jobs]
        self.holder = holder
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._consumer: QueueConsumer | None = None
        self._presence: IO[bytes] | None = None

    def start(self) -> None:
        """Take over from workers of this machine that were killed, then start every thread."""
        self._take_over()
        self._consumer = QUEUE.get(self.site).consumer()
        self._consumer.start()
        for schedule in self.schedules:
            thread = threading.Thread(
                target=self._loop, args=(schedule,), name=f"job-{schedule.job.name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)
        watch = threading.Thread(target=self._watch, name="late-jobs", daemon=True)
        watch.start()
        self._threads.append(watch)

    def stop(self) -> None:
        """Ask every thread to stop, wait for the running jobs, give the leases back."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=20)
        if self._consumer is not None:
            self._consumer.stop(graceful=True)
        self._release_leases()
        if self._presence is not None:
            presence.leave(self._presence)

    def _take_over(self) -> None:
        state = self.site.settings.state
        try:
            with runtime.activate(self.site):
                for path in presence.find_dead(state):
                    leases.release(path.name)
                    path.unlink(missing_ok=True)
            self._presence = presence.enter(state, self.holder)
        except (EntraideError, OSError) as error:
            # Without this the jobs begin when the leases of the dead have run out.
            log.warning("leases-not-taken-over", error=str(error))

    def _release_leases(self) -> None:
        try:
            with runtime.activate(self.site):
                leases.release(self.holder)
        except EntraideError as error:
            # The leases end by themselves; a database that is away must not block the shutdown.
            log.warning("leases-not-released", error=str(error))

    def _watch(self) -> None:
        with runtime.activate(self.site):
            while not self._stop.wait(overtime.LOOK_SECONDS):
                for schedule in self.schedules:
                    try:
                        schedule.tell_if_late()
                    except EntraideError as error:
                        log.warning("job-late-not-noted", job=schedule.job.name, error=str(error))

    def _loop(self, schedule: Schedule) -> None:
        with runtime.activate(self.site):
            # Each thread sleeps until its job is due: looking at the clock ten times a second cost
            # an idle site more than its work did.
            while not self._stop.wait(schedule.wait()):
                schedule.run_if_due(self._stop)
