"""What misbehaving hooks do that takes more than a line: time, rows, changes that nobody wrote."""

from __future__ import annotations

import time

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from entraide import clock, database, hook_failures, runtime
from entraide.audit import AuditEntry
from entraide.database.sessions import current_session
from entraide.hook_policies import POLICIES
from entraide.ids import new_id
from entraide.members.models import Member

MARK = "written by chaos"
FOREIGN = "xx"
TIMES_TOO_SLOW = 20


class FastTimer:
    """A timer of hooks that is told how much time passes, besides what really does."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        """Return the seconds of the machine, and those that were told."""
        return time.perf_counter() + self.passed


def pass_time(hook: str) -> None:
    """Let 20 times as much time pass as a call of `hook` may take, for the timer of the site.

    It is slept through unless the site has a `FastTimer`.
    """
    seconds = TIMES_TOO_SLOW * hook_failures.SLOW_SECONDS * POLICIES[hook].patience
    timer = runtime.current().registry.timer
    if isinstance(timer, FastTimer):
        timer.passed += seconds
    else:
        time.sleep(seconds)


def write(*, apart: bool = False) -> None:
    """Write a row through the running session; through one of its own with `apart`, or without."""
    session = current_session()
    if session is not None and not apart:
        session.execute(insert(AuditEntry), [_row()])
        return
    with database.writing() as own:
        own.execute(insert(AuditEntry), [_row()])


def break_integrity() -> None:
    """Write the same key twice, which the database refuses."""
    row = _row()
    session = current_session()
    if session is not None:
        session.execute(insert(AuditEntry), [row, row])
        return
    with database.writing() as own:
        own.execute(insert(AuditEntry), [row, row])


def leave_changes() -> None:
    """Leave a row in the running session that cannot be written, and a member with another language."""
    session = current_session()
    if session is None:
        raise LookupError("chaos: no transaction is open, so nothing can be left in it")
    _change_member(session)
    session.add(AuditEntry(action=MARK))


def _change_member(session: Session) -> None:
    with session.no_autoflush:
        member = session.scalars(select(Member).limit(1)).first()
    if member is not None:
        member.language = FOREIGN


def _row() -> dict[str, object]:
    return {
        "id": new_id(),
        "happened_at": clock.now(),
        "actor": "site",
        "action": MARK,
        "subject": MARK,
        "person": None,
    }
