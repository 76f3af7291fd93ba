"""How a plugin may use the running session: to read only, or inside a savepoint."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.engine import ExecutionContext
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from entraide.database.sessions import WroteInReadOnlyHook, current_session, refusal

READS_ONLY = (
    "this hook may read, not write: react in on_event, or write in a page that is sent (POST)"
)
OPENING = ("BEGIN", "PRAGMA QUERY_ONLY", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")
"""How a transaction begins on SQLite, and nests on both: none of these changes anything."""


class EndedTransaction(RuntimeError):
    """A hook ended the transaction of the core, whose changes are lost: the action must stop."""


def flush_before_asking() -> None:
    """Send the core's own changes to the database, so that their mistakes are not a plugin's."""
    session = current_session()
    if session is not None and not _is_clean(session):
        session.flush()


def _is_clean(session: Session) -> bool:
    # The question that SQLAlchemy asks itself before each flush; `new`, `dirty` and `deleted` make
    # three sets to say the same.
    return session._is_clean()  # noqa: SLF001


class read_only:  # noqa: N801 - used like contextlib's functions
    """Let hooks read: a flush or any statement but SELECT raises WroteInReadOnlyHook.

    That holds for the running session and for every other that a hook opens. What a hook added is
    forgotten when it `settle`s and what it changed is read again, so that nothing of it reaches the
    core's own commit; WroteInReadOnlyHook tells it. A class, because a generator costs more than
    most hooks do.
    """

    __slots__ = ("_before", "_flushes", "_session", "_token")

    def __enter__(self) -> Self:
        self._token = refusal.set(READS_ONLY)
        self._session = session = current_session()
        if session is not None:
            self._before = session.get_transaction()
            self._flushes, session.autoflush = session.autoflush, False
        return self

    def __exit__(self, failure: object, *_error: object) -> None:
        refusal.reset(self._token)
        if self._session is not None:
            self._session.autoflush = self._flushes
            if failure is None:
                self.settle()
            else:
                self.forget()

    def settle(self) -> None:
        """Forget what was changed and tell it: WroteInReadOnlyHook; EndedTransaction as `forget`."""
        if changed := self.forget():
            raise WroteInReadOnlyHook(f"{READS_ONLY}; it left changes in {', '.join(changed)}")

    def forget(self) -> list[str]:
        """Forget what was changed and return the classes of it, for a hook that failed anyway.

        EndedTransaction when the core's own changes are lost.
        """
        session = self._session
        if session is None:
            return []
        changed = [] if _is_clean(session) else _forget_changes(session)
        before = self._before
        if before is not None and session.get_transaction() is not before and _writes(session):
            raise EndedTransaction("a hook rolled the running transaction back")
        return changed


@contextmanager
def savepoint() -> Iterator[None]:
    """Let a hook write: its failure rolls back its own changes and no other."""
    session = current_session()
    if session is None:
        yield
        return
    with session.begin_nested():
        yield
        session.flush()
        if session.get_bind().dialect.name == "postgresql":
            # A statement that failed ends the whole transaction there, although the hook went on.
            session.execute(select(1))


def _forget_changes(session: Session) -> list[str]:
    added, deleted = list(session.new), list(session.deleted)
    changed = [row for row in session.dirty if session.is_modified(row)]
    for row in added:
        session.expunge(row)
    for row in deleted:
        session.add(row)
    for row in list(session.dirty):
        session.expire(row)
    return sorted({type(row).__name__ for row in (*added, *deleted, *changed)})


def _writes(session: Session) -> bool:
    return bool(session.get_bind().get_execution_options().get("entraide_writes"))


@event.listens_for(Session, "before_flush")
def _refuse_flush(_session: Session, _context: Any, _instances: Any) -> None:
    if words := refusal.get():
        raise WroteInReadOnlyHook(words)


@event.listens_for(Session, "before_commit")
def _refuse_commit(session: Session) -> None:
    if (words := refusal.get()) and not session.in_nested_transaction():
        raise WroteInReadOnlyHook(words)


@event.listens_for(Pool, "checkout")
def _open_read_only(connection: Any, _record: Any, _proxy: Any) -> None:
    # The driver's own connection passes by the events below; a transaction of ours sets it anew.
    if refusal.get() and isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA query_only=ON")


@event.listens_for(Engine, "before_cursor_execute")
def _refuse_statement(
    _connection: Connection,
    _cursor: Any,
    statement: str,
    _values: Any,
    context: ExecutionContext | None,
    _many: bool,  # noqa: FBT001 - SQLAlchemy's signature
) -> None:
    if (words := refusal.get()) and not _only_reads(statement, context):
        raise WroteInReadOnlyHook(words)


def _only_reads(statement: str, context: ExecutionContext | None) -> bool:
    words = statement.lstrip()[:20].upper()
    if words.startswith(("SELECT", *OPENING)):
        return True
    if not isinstance(context, DefaultExecutionContext) or context.compiled is None:
        return False
    is_change = context.isinsert or context.isupdate or context.isdelete or context.isddl
    return not is_change and not context.is_text
