"""Periodic jobs: one worker at a time, taken over when it dies, every failure reported."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from entraide import app as apps
from entraide import database, runtime
from entraide.errors import Busy, StorageFull
from entraide.jobs import Worker, leases, presence
from entraide.jobs.leases import JobLease
from entraide.jobs.worker import LONGEST_PAUSE, Schedule
from entraide.kinds import Job

NEVER = threading.Event()


def lease_of(name):
    with database.reading() as session:
        return session.scalar(select(JobLease).where(JobLease.name == name))


class Work:
    def __init__(self, error=None):
        self.runs = []
        self.error = error

    def __call__(self, run):
        self.runs.append(run)
        if self.error:
            raise self.error


def schedule(work, holder, **options):
    return Schedule(Job("tea.boil", work, period=0, **options), holder)


def test_only_one_of_two_workers_runs_a_job(site):
    first, second = Work(), Work()
    one, two = schedule(first, "one"), schedule(second, "two")
    for _ in range(3):
        one.run_if_due(NEVER)
        two.run_if_due(NEVER)
    assert (len(first.runs), len(second.runs)) == (3, 0)
    assert lease_of("tea.boil").holder == "one"


def test_the_lease_of_a_dead_worker_is_taken_over(site):
    first, second = Work(), Work()
    schedule(first, "one").run_if_due(NEVER)
    two = schedule(second, "two")
    site.clock.advance(leases.LEASE + timedelta(seconds=59))
    two.run_if_due(NEVER)
    assert second.runs == []
    site.clock.advance(timedelta(seconds=1))
    two.run_if_due(NEVER)
    assert len(second.runs) == 1
    assert lease_of("tea.boil").holder == "two"


def test_released_leases_are_free_at_once(site):
    schedule(Work(), "one").run_if_due(NEVER)
    leases.release("another")
    assert not leases.take("tea.boil", "two")
    leases.release("one")
    assert leases.take("tea.boil", "two")


def test_local_jobs_run_everywhere_and_leave_no_lease(site):
    first, second = Work(), Work(RuntimeError("cold"))
    schedule(first, "one", is_local=True).run_if_due(NEVER)
    schedule(second, "two", is_local=True).run_if_due(NEVER)
    assert (len(first.runs), len(second.runs)) == (1, 1)
    assert lease_of("tea.boil") is None


@pytest.mark.parametrize("error", [RuntimeError("cold"), SystemExit("cold")])
def test_a_failure_is_reported_and_the_job_runs_again(site, error):
    work = Work(error)
    one = schedule(work, "one")
    one.run_if_due(NEVER)
    words, _bracket, place = lease_of("tea.boil").last_error.partition(" (")
    assert words == f"{type(error).__name__}: cold"
    assert place.startswith(f"{__file__}, line ")
    work.error = None
    one.run_if_due(NEVER)
    assert len(work.runs) == 2
    row = lease_of("tea.boil")
    assert (row.last_error, row.last_finished_at) == ("", site.clock.now())


def write_something():
    leases.take("coffee.boil", "somebody")
    leases.release("somebody")


def test_a_job_that_follows_the_database_rests_while_nobody_writes(site, monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr("entraide.jobs.worker.time.monotonic", lambda: seconds[0])
    work = Work()
    one = schedule(work, "one", idle_period=10, is_local=True)

    def runs_after(pause):
        seconds[0] += pause
        one.run_if_due(NEVER)
        return len(work.runs)

    assert runs_after(0) == 1
    assert [runs_after(1) for _ in range(8)] == [1] * 8
    write_something()
    assert [runs_after(1), runs_after(1)] == [2, 2]
    assert [runs_after(8.5), runs_after(1)] == [2, 3], "ten seconds of rest are over"


def test_what_is_written_while_a_job_runs_is_news_for_its_next_run(site):
    runs = []

    def work(_run):
        runs.append(1)
        if len(runs) < 3:
            write_something()

    one = schedule(work, "one", idle_period=3600, is_local=True)
    for _ in range(10):
        one.run_if_due(NEVER)
    assert len(runs) == 3


def test_a_job_that_failed_does_not_rest(site):
    work = Work(RuntimeError("cold"))
    one = schedule(work, "one", idle_period=3600, is_local=True)
    one.run_if_due(NEVER)
    one.run_if_due(NEVER)
    assert len(work.runs) == 2


def test_a_job_waits_for_its_time_without_looking_at_the_clock(site):
    one = Schedule(Job("tea.boil", Work(), period=60), "one")
    assert one.wait() == 0
    one.run_if_due(NEVER)
    assert 59 < one.wait() <= 60


def events(captured):
    return re.findall(r"job-(?:failed|recovered)", captured)


def test_a_job_that_goes_on_failing_is_logged_once_and_slows_down(site, capsys, monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr("entraide.jobs.worker.time.monotonic", lambda: seconds[0])
    work = Work(RuntimeError("cold"))
    one = schedule(work, "one")
    runs = []
    for _ in range(200):
        one.run_if_due(NEVER)
        runs.append(len(work.runs))
        seconds[0] += 1
    assert runs[1] == 2
    assert runs[-1] < 15
    assert events(capsys.readouterr().out) == ["job-failed"]
    work.error = RuntimeError("colder")
    seconds[0] += LONGEST_PAUSE
    one.run_if_due(NEVER)
    work.error = None
    seconds[0] += LONGEST_PAUSE
    one.run_if_due(NEVER)
    one.run_if_due(NEVER)
    assert events(capsys.readouterr().out) == ["job-failed", "job-recovered"]
    assert len(work.runs) == runs[-1] + 3


def test_a_full_disk_is_told_once_and_survived(site, capsys, monkeypatch):
    work = Work()
    one = schedule(work, "one")

    def full(*_arguments):
        raise StorageFull

    with monkeypatch.context() as patch:
        patch.setattr(leases, "take", full)
        patch.setattr(leases, "report", full)
        one.run_if_due(NEVER)
        one.run_if_due(NEVER)
    assert (work.runs, events(capsys.readouterr().out)) == ([], ["job-failed"])
    one.due = 0.0
    one.run_if_due(NEVER)
    assert (len(work.runs), events(capsys.readouterr().out)) == (1, ["job-recovered"])


def test_success_is_written_at_most_once_a_minute(site):
    one = schedule(Work(), "one")
    one.run_if_due(NEVER)
    written = lease_of("tea.boil").last_finished_at
    site.clock.advance(timedelta(seconds=5))
    one.run_if_due(NEVER)
    assert lease_of("tea.boil").last_finished_at == written


def test_a_report_of_a_lost_lease_is_dropped(site):
    schedule(Work(), "one").run_if_due(NEVER)
    leases.report("tea.boil", "two", "not mine")
    leases.report("coffee.boil", "two", "not there")
    assert lease_of("tea.boil").last_error == ""


def test_a_job_waits_for_its_period(site):
    work = Work()
    slow = Schedule(Job("tea.boil", work, period=3600), "one")
    slow.run_if_due(NEVER)
    slow.run_if_due(NEVER)
    assert len(work.runs) == 1


def test_a_run_knows_its_deadline_and_when_to_stop(site):
    work, stop = Work(), threading.Event()
    schedule(work, "one", time_limit=10).run_if_due(stop)
    assert work.runs[0].deadline == site.clock.now() + timedelta(seconds=10)
    assert not work.runs[0].should_stop()
    stop.set()
    assert work.runs[0].should_stop()


def test_a_busy_database_delays_a_job(site, monkeypatch):
    work = Work()
    one = schedule(work, "one")

    def busy(*_arguments):
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(leases, "take", busy)
        one.run_if_due(NEVER)
    assert work.runs == []
    with monkeypatch.context() as patch:
        patch.setattr(leases, "report", busy)
        one.run_if_due(NEVER)
    assert len(work.runs) == 1
    one.run_if_due(NEVER)
    assert lease_of("tea.boil").last_finished_at is not None


def test_worker_runs_jobs_and_queue_until_it_is_stopped(make_site):
    site = make_site()
    ran, twice = threading.Event(), threading.Event()

    def work(run):
        assert runtime.current() is site
        (twice if ran.is_set() else ran).set()
        if not twice.is_set():
            raise RuntimeError("first time")

    worker = Worker(site, [Job("tea.boil", work, period=0.01)])
    worker.start()
    assert twice.wait(20)
    worker.stop()
    with runtime.activate(site):
        assert lease_of("tea.boil").leased_until == site.clock.now()


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_worker_takes_over_at_once_from_a_killed_one_of_its_machine(make_site, is_killed):
    site = make_site()
    state, ran = site.settings.state, threading.Event()
    other = presence.enter(state, "other")
    with runtime.activate(site):
        assert leases.take("tea.boil", "other")
    if is_killed:
        # What the system does when a process ends: the lock goes, the file stays.
        other.close()
    worker = Worker(site, [Job("tea.boil", lambda _run: ran.set(), period=0.01)])
    worker.start()
    assert ran.wait(20 if is_killed else 0.5) == is_killed
    worker.stop()
    other.close()
    left = [path.name for path in (state / presence.FOLDER).iterdir()]
    assert left == ([] if is_killed else ["other"])


def test_a_worker_starts_although_it_cannot_take_over(make_site):
    site = make_site()
    ran = threading.Event()
    (site.settings.state / presence.FOLDER).write_text("in the way")
    worker = Worker(site, [Job("tea.boil", lambda _run: ran.set(), period=0.01)])
    worker.start()
    assert ran.wait(20)
    worker.stop()


def test_a_database_that_is_away_ends_no_job(make_site, monkeypatch):
    site = make_site()
    ran, failed = threading.Event(), threading.Event()
    take = leases.take

    def away_at_first(*arguments):
        if not failed.is_set():
            failed.set()
            raise OSError("the database is away")
        return take(*arguments)

    monkeypatch.setattr(leases, "take", away_at_first)
    worker = Worker(site, [Job("tea.boil", lambda _run: ran.set(), period=0.01)])
    worker.start()
    assert ran.wait(20)
    worker.stop()


def test_a_worker_stops_even_when_the_database_is_full(make_site, monkeypatch):
    def full(*_arguments):
        raise StorageFull

    worker = Worker(make_site(), [])
    monkeypatch.setattr(leases, "release", full)
    worker.stop()


def test_jobs_of_a_site_begin_with_the_outbox(site):
    known = apps.jobs_of(site)
    assert [job.name for job in known[:2]] == ["outbox.sweep", "database.checkpoint"]
    Schedule(known[1], "one").run_if_due(NEVER)
    schedule_of = Schedule(known[0], "one")
    schedule_of.run_if_due(NEVER)
    assert lease_of("outbox.sweep").last_error == ""
    assert len({job.name for job in known}) == len(known)
