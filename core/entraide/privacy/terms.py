"""Terms of keeping: what a column declares is emptied when its time is over, by one job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from dateutil.relativedelta import relativedelta
from sqlalchemy import Column, Date, Table, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session

from entraide import audit, clock, database
from entraide.classification import Marking
from entraide.database import Model, neutral
from entraide.database.columns import UtcDateTime
from entraide.errors import EntraideError
from entraide.kinds import JobRun

log = structlog.get_logger("entraide.privacy")

BATCH = 200
"""Rows emptied in one transaction, so that nobody waits for it."""
LEAP, PROOF = timedelta(days=2), timedelta(days=1)
"""A clock further than `LEAP` from when it was last seen may be wrong, and what is emptied does not
come back: it has to go on for `PROOF` first."""
_UNITS = {"D": "days", "M": "months", "Y": "years"}
_TERM = re.compile(
    r"P(?P<count>\d{1,3}|\d{4}(?=[DM]))(?P<unit>[DMY]) after (?P<since>[a-z_]+)", re.ASCII
)
"""No calendar goes back as far as longer ones would ask."""


class UncertainClock(EntraideError):
    """The clock moved by days at once: nothing is emptied before it is certain."""

    name, title = "uncertain-clock", "The clock of this machine moved by days at once"


class PrivacyClock(Model):
    """One row: when the clock was last seen, and since when it goes on without a leap."""

    __tablename__ = "privacy_clock"

    id: Mapped[int] = neutral(primary_key=True)
    seen_at: Mapped[datetime] = neutral()
    certain_from: Mapped[datetime] = neutral()


@dataclass(frozen=True)
class Term:
    """A column of a table and how long it is kept after another column of the same row."""

    table: Table
    column: Column[Any]
    since: Column[Any]
    count: int
    unit: str

    def limit(self) -> datetime | date:
        """Return the moment (or day) before which the time of a row is over."""
        until: datetime = clock.now() - relativedelta(**{_UNITS[self.unit]: self.count})
        return until.date() if isinstance(self.since.type, Date) else until


def terms_of(tables: Iterable[Table] | None = None) -> Iterator[Term]:
    """Yield every term that the job keeps: those of the loaded tables that it can keep."""
    for table in database.metadata.tables.values() if tables is None else tables:
        for column in table.columns:
            mark = column.info.get("mark")
            match = _TERM.fullmatch(mark.retention) if isinstance(mark, Marking) else None
            since = table.columns.get(match["since"]) if match else None
            if match is None or since is None or not column.nullable:
                continue
            if isinstance(since.type, Date | UtcDateTime):
                yield Term(table, column, since, int(match["count"]), match["unit"])


def unkept(tables: Iterable[Table], plugin: str = "") -> list[str]:
    """Return one sentence per declared term that nothing could keep."""
    kept = {(term.table.name, term.column.name) for term in terms_of(tables)}
    start = f"Plugin {plugin}: " if plugin else ""
    return [
        f"{start}{table.name}.{column.name} declares the term {column.info['mark'].retention!r}, "
        "which nothing can keep. Write 'P1Y after NAME' with a moment or day of the same table, "
        "and let the column be empty (Mapped[... | None]); or leave the term out."
        for table in tables
        for column in table.columns
        if isinstance(column.info.get("mark"), Marking)
        and column.info["mark"].retention
        and (table.name, column.name) not in kept
    ]


def forget_overdue(run: JobRun) -> None:
    """Empty what is kept longer than its term says; UncertainClock after a leap of the clock.

    Raises the first failure once every other term was kept: a plugin's table may be missing.
    """
    _check_clock()
    failures: list[DBAPIError] = []
    for term in terms_of():
        try:
            while not run.should_stop() and clock.now() < run.deadline:
                if _empty_some(term) < BATCH:
                    break
        except DBAPIError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _empty_some(term: Term) -> int:
    keys = list(term.table.primary_key.columns)
    due = (term.since < term.limit()) & term.column.is_not(None)
    with database.writing() as session:
        rows = session.execute(select(*keys).where(due).limit(BATCH)).all()
        for row in rows:
            same = [key == value for key, value in zip(keys, row, strict=True)]
            session.execute(update(term.table).where(*same).values({term.column.name: None}))
    if rows:
        log.info("term-over", table=term.table.name, column=term.column.name, rows=len(rows))
    return len(rows)


def _check_clock() -> None:
    now = clock.now()
    with database.writing() as session:
        known = session.get(PrivacyClock, 1)
        if known is None:
            known = _first_clock(session, now)
            session.add(known)
        if abs(now - known.seen_at) > LEAP:
            known.certain_from = now
        known.seen_at = now
        certain_at = known.certain_from + PROOF
    if now < certain_at:
        raise UncertainClock(
            "The clock moved by more than two days since it was last seen. If it is right, what is "
            f"kept too long is emptied from {clock.rfc3339(certain_at)} on; else set it right."
        )


def _first_clock(session: Session, now: datetime) -> PrivacyClock:
    # Before the first run the journal tells when this site was last alive.
    newest = session.scalar(
        select(audit.AuditEntry.happened_at).order_by(audit.AuditEntry.happened_at.desc()).limit(1)
    )
    return PrivacyClock(id=1, seen_at=newest or now, certain_from=now - PROOF)
