"""Leases: one row per periodic job, so that it runs on one worker at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from entraide import clock, database
from entraide.database import Model, neutral

LEASE = timedelta(seconds=30)
"""How long, beside the time of a run, a worker that died keeps its jobs from other machines."""


class JobLease(Model):
    """Who runs a periodic job until when, and how its last run went."""

    __tablename__ = "jobs_lease"

    name: Mapped[str] = neutral(primary_key=True)
    holder: Mapped[str] = neutral()
    leased_until: Mapped[datetime] = neutral()
    last_finished_at: Mapped[datetime | None] = neutral()
    last_error: Mapped[str] = neutral(default="")


def take(name: str, holder: str, length: timedelta = LEASE) -> bool:
    """Take or renew the lease of a job; False while another live worker holds it."""
    now = clock.now()
    with database.writing() as session:
        row = session.scalar(select(JobLease).where(JobLease.name == name).with_for_update())
        if row is None:
            session.add(JobLease(name=name, holder=holder, leased_until=now + length))
            return True
        if row.holder != holder and row.leased_until > now:
            return False
        row.holder, row.leased_until = holder, now + length
        return True


def report(name: str, holder: str, error: str, *, has_ended: bool = True) -> None:
    """Note how a run ended, or what is wrong while it lasts; `error` is empty when all went well."""
    with database.writing() as session:
        row = session.get(JobLease, name)
        if row is not None and row.holder == holder:
            row.last_error = error
            if has_ended:
                row.last_finished_at = clock.now()


def release(holder: str) -> None:
    """Give a worker's leases back when it ends, so that another one takes over at once."""
    with database.writing() as session:
        for row in session.scalars(select(JobLease).where(JobLease.holder == holder)):
            row.leased_until = clock.now()
