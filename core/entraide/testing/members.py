"""People, time and mails of a test."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from entraide import database, runtime
from entraide.app import jobs_of
from entraide.clock import FakeClock
from entraide.clock import now as current_time
from entraide.kinds import JobRun, Message
from entraide.outbox.models import OutboxMessage
from entraide.runtime import Runtime
from entraide.testing.browsers import browser, log_in
from entraide.testing.factories import add_member

FIRST = 100
"""Numbers of these members; below are those that a test adds by itself."""


@pytest.fixture
def as_member(app: Flask) -> Callable[..., FlaskClient]:
    """Give a function that logs a new member in: `as_member(role="moderator")` → their browser.

    Without a role it is a plain member; each call is another person.
    """
    numbers = count(FIRST)

    def enter(role: str = "member") -> FlaskClient:
        roles = () if role == "member" else (role,)
        with database.writing() as session:
            email = add_member(session, next(numbers), *roles).email
        return log_in(browser(app), email)

    return enter


@pytest.fixture
def clock(site: Runtime) -> FakeClock:
    """Give the clock of the site: it moves when told, `clock.advance(timedelta(days=1))`."""
    if not isinstance(site.clock, FakeClock):
        raise TypeError("a site of a test has a clock that is told the time")
    return site.clock


@pytest.fixture
def mailbox(site: Runtime) -> Callable[[], list[Message]]:  # noqa: ARG001 - the site must be active
    """Give a function that returns the mails that were written so far, oldest first."""

    def read() -> list[Message]:
        with database.reading() as session:
            rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
            return [
                Message(row.address or "", row.subject or "", row.body or "", row.key)
                for row in rows
            ]

    return read


def run_job(name: str) -> None:
    """Run a job of the active site once, as its worker does; LookupError when there is none."""
    site = runtime.current()
    jobs = {job.name: job for job in jobs_of(site)}
    if name not in jobs:
        raise LookupError(f"no job {name!r}: {', '.join(sorted(jobs))}")
    jobs[name].function(JobRun(current_time(), lambda: False))
