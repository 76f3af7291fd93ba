"""How a plugin may use the running session: to read only, or inside a savepoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from entraide.database.sessions import current_session

FLAG = "entraide_read_only"


class WroteInReadOnlyHook(RuntimeError):
    """A hook that may only read tried to write."""


@contextmanager
def read_only() -> Iterator[None]:
    """Let a hook read: a flush or any statement but SELECT raises WroteInReadOnlyHook.

    What the hook added is forgotten afterwards and what it changed is read again, so that
    nothing of it reaches the core's own commit. Without a running session nothing happens.
    """
    session = current_session()
    if session is None:
        yield
        return
    if session.new or session.dirty or session.deleted:
        session.flush()
    session.info[FLAG] = session.info.get(FLAG, 0) + 1
    try:
        with session.no_autoflush:
            yield
    finally:
        session.info[FLAG] -= 1
        _forget_changes(session)


@contextmanager
def savepoint() -> Iterator[None]:
    """Let a hook write: its failure rolls back its own changes and no other."""
    session = current_session()
    if session is None:
        yield
        return
    with session.begin_nested():
        yield


def _forget_changes(session: Session) -> None:
    for added in list(session.new):
        session.expunge(added)
    for deleted in list(session.deleted):
        session.expire(deleted)
        session.add(deleted)
    for changed in list(session.dirty):
        session.expire(changed)


@event.listens_for(Session, "before_flush")
def _refuse_flush(session: Session, _context: Any, _instances: Any) -> None:
    if session.info.get(FLAG):
        raise WroteInReadOnlyHook("this hook may read, not write")


@event.listens_for(Session, "do_orm_execute")
def _refuse_statement(state: ORMExecuteState) -> None:
    if state.session.info.get(FLAG) and not state.is_select:
        raise WroteInReadOnlyHook("this hook may read, not write")
