"""`entraide status`: what waits, what fails and what was given up, for whoever runs the site."""

from __future__ import annotations

from collections.abc import Iterator

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import database, outbox, runtime
from entraide.jobs.leases import JobLease
from entraide.outbox import DeadLetter
from entraide.outbox.models import OutboxMessage

MOST = 20


@click.command()
def status() -> None:
    """Say what waits, which jobs fail, and what was given up."""
    with database.reading() as session:
        for line in describe(session):
            click.echo(line)


def describe(session: Session) -> Iterator[str]:
    """Yield one line for each thing that whoever runs the site has to know; no personal data."""
    for name, reason in runtime.current().registry.quarantined.items():
        yield f"plugin {name}: set aside: {reason}"
    for job in session.scalars(select(JobLease).order_by(JobLease.name)):
        finished = f"{job.last_finished_at:%Y-%m-%d %H:%M}" if job.last_finished_at else "never"
        yield f"job {job.name}: last run {finished}{_failed(job.last_error)}"
    yield f"outbox: {outbox.pending(session)} waiting"
    failing = (OutboxMessage.next_at.is_not(None)) & (OutboxMessage.attempts > 0)
    count = session.scalar(select(func.count()).where(failing)) or 0
    yield f"messages: {count} not sent yet and tried again (see [mail] and the log)"
    letters = session.scalars(select(DeadLetter).order_by(DeadLetter.died_at.desc()).limit(MOST))
    for letter in letters:
        what = letter.members.get("key", "") if letter.event_name == "Message" else letter.plugin
        yield f"given up {letter.died_at:%Y-%m-%d %H:%M}: {letter.event_name} {what}: {letter.error}"


def _failed(error: str) -> str:
    return f", failed: {error}" if error else ""
