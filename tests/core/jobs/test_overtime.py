"""A run that passes its time limit is told while it lasts, and holds up no other job."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from entraide import database, runtime
from entraide.jobs import Worker, overtime
from entraide.jobs.leases import JobLease
from entraide.kinds import Job

PATIENCE = 20.0


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(overtime, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(overtime, "LOOK_SECONDS", 0.05)


@pytest.fixture
def hanging():
    """A job that hangs until its event is set, and what it counts."""
    go_on = threading.Event()

    def hang(_run):
        go_on.wait(PATIENCE)

    yield Job("tea.hang", hang, period=0.05, time_limit=0), go_on
    go_on.set()


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def lease_of(name):
    with database.reading() as session:
        return session.scalar(select(JobLease).where(JobLease.name == name))


def error_of(name):
    row = lease_of(name)
    return row.last_error if row else ""


def test_a_late_run_is_told_with_its_place_and_forgotten_after_a_good_one(site, impatient, hanging):
    job, go_on = hanging
    runs = []
    worker = Worker(site, [job, Job("tea.pour", runs.append, period=0.05)])
    with capture_logs() as logs:
        worker.start()
        try:
            with runtime.activate(site):
                wait_for(lambda: error_of("tea.hang"))
                words, before = error_of("tea.hang"), len(runs)
                wait_for(lambda: len(runs) > before + 3)
                assert lease_of("tea.hang").last_finished_at is None
                go_on.set()
                wait_for(lambda: not error_of("tea.hang"))
        finally:
            worker.stop()
    assert "its time limit of 0 s" in words
    assert f"{__file__}, line" in words
    assert "run.deadline" in words
    assert {entry["job"] for entry in logs if entry["event"] == "job-late"} == {"tea.hang"}


def test_a_run_within_its_time_is_not_told(impatient):
    assert not overtime.Run(Job("tea.boil", lambda _run: None, period=1, time_limit=60)).is_late()


def test_the_step_that_was_begun_may_end():
    assert not overtime.Run(Job("tea.boil", lambda _run: None, period=1, time_limit=0)).is_late()
