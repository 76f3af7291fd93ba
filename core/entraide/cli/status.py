"""`entraide status`: what waits, what fails and what was given up, for whoever runs the site."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entraide import app, asks, clock, database, hook_failures, outbox, runtime
from entraide.directory.moderation import idle_dials
from entraide.errors import EntraideError
from entraide.jobs.leases import JobLease
from entraide.outbox import DeadLetter
from entraide.outbox.models import OutboxDelivery, OutboxMessage

MOST = 20
LEAST_ROOM = 100 * 1024 * 1024
"""Bytes free below which whoever runs the site has to look: a day of logs and rows."""
PROBE = 1024 * 1024
RECENT = timedelta(days=7)
"""A message that was given up counts as something wrong for so long."""


@dataclass(frozen=True)
class Line:
    """One line of the answer; `is_wrong` when somebody has to do something."""

    words: str
    is_wrong: bool = False


@click.command()
def status() -> None:
    """Say what waits, what fails and what was given up; end with 1 when something is wrong."""
    has_failed = False
    for line in describe():
        click.echo(line.words)
        has_failed = has_failed or line.is_wrong
    if has_failed:
        raise SystemExit(1)


def describe() -> Iterator[Line]:
    """Yield one line for each thing that whoever runs the site has to know; no personal data."""
    for name, reason in runtime.current().registry.quarantined.items():
        yield Line(f"plugin {name}: set aside: {reason}", is_wrong=True)
    for alarm in hook_failures.alarms():
        words = f"plugin {alarm.plugin}, {alarm.hook}: {alarm.at:%Y-%m-%d %H:%M}: {alarm.words}"
        yield Line(words, is_wrong=alarm.is_recent)
    if names := idle_dials():
        yield Line(f"[offers]: no plugin that is on declares: {', '.join(names)}")
    yield from _describe_disk(runtime.current().settings.state)
    yield from _describe_writing()
    try:
        with database.reading() as session:
            yield from _describe_rows(session)
    except EntraideError as error:
        yield Line(f"database: cannot be read: {error}", is_wrong=True)
        return
    for line in asks.health():
        yield Line(f"{line.name}: {line.words}", line.is_wrong)


def _describe_disk(state: Path) -> Iterator[Line]:
    """Try to write to the state folder: a quota, or a disk that fails, shows in nothing else."""
    try:
        with TemporaryFile(dir=state) as file:
            file.write(bytes(PROBE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        words = f"disk: {state} cannot be written: {error.strerror}. Make room; pages are read on."
        yield Line(words, is_wrong=True)
        return
    free = shutil.disk_usage(state).free
    if free < LEAST_ROOM:
        yield Line(
            f"disk: only {free // 2**20} MiB are free for {state}. Make room.", is_wrong=True
        )


def _describe_writing() -> Iterator[Line]:
    try:
        app.try_writing()
    except EntraideError as error:
        words = f"database: cannot be written just now: {error} Find the program that holds it."
        yield Line(words, is_wrong=True)


def _describe_rows(session: Session) -> Iterator[Line]:
    for job in session.scalars(select(JobLease).order_by(JobLease.name)):
        finished = f"{job.last_finished_at:%Y-%m-%d %H:%M}" if job.last_finished_at else "never"
        words = f"job {job.name}: last run {finished}{_failed(job.last_error)}"
        yield Line(words, is_wrong=bool(job.last_error))
    yield Line(f"outbox: {outbox.pending(session)} waiting")
    yield from _describe_untold(session)
    failing = (OutboxMessage.next_at.is_not(None)) & (OutboxMessage.attempts > 0)
    count = session.scalar(select(func.count()).where(failing)) or 0
    words = f"messages: {count} not sent yet and tried again (see [mail] and the log)"
    yield Line(words, is_wrong=count > 0)
    letters = session.scalars(select(DeadLetter).order_by(DeadLetter.died_at.desc()).limit(MOST))
    for letter in letters:
        what = letter.members.get("key", "") if letter.event_name == "Message" else letter.plugin
        words = (
            f"given up {letter.died_at:%Y-%m-%d %H:%M}: {letter.event_name} {what}: {letter.error}"
        )
        yield Line(words, is_wrong=letter.died_at > clock.now() - RECENT)


def _describe_untold(session: Session) -> Iterator[Line]:
    """Name the plugins that failed to hear of events, and at what; they are told again."""
    untold = (
        select(OutboxDelivery.plugin, OutboxDelivery.error, func.count())
        .where(OutboxDelivery.error != "")
        .group_by(OutboxDelivery.plugin, OutboxDelivery.error)
        .order_by(OutboxDelivery.plugin)
        .limit(MOST)
    )
    for plugin, error, count in session.execute(untold):
        yield Line(f"plugin {plugin}: {count} events to be told again: {error}", is_wrong=True)


def _failed(error: str) -> str:
    return f", failed: {error}" if error else ""
