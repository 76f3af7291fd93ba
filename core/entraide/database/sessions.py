"""Transactions: one session per action, found through a context variable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from entraide import runtime
from entraide.binding import Bound
from entraide.errors import Busy, EntraideError, StorageFull

BUSY_WORDS = ("locked", "busy", "deadlock", "could not serialize", "too many clients")
FULL_WORDS = ("disk is full", "disk full", "No space left", "disk I/O error")
"""SQLite calls a quota that is used up, and a disk that fails, an I/O error."""

refusal: ContextVar[str] = ContextVar("entraide_refusal", default="")
"""Why whatever runs now may read and not write; empty when it may write."""


class WroteInReadOnlyHook(RuntimeError):
    """A hook, or a page of a plugin, that may only read tried to write or to commit."""


_session: ContextVar[Session | None] = ContextVar("entraide_session", default=None)


def current_session() -> Session | None:
    """Return the session of the running action, None outside one."""
    return _session.get()


def session() -> Session:
    """Return the session of the running action; LookupError outside one."""
    current = _session.get()
    if current is None:
        raise LookupError("no transaction is open: use database.reading() or database.writing()")
    return current


@contextmanager
def reading() -> Iterator[Session]:
    """Read in one transaction; a write inside fails. What was read stays usable afterwards."""
    with _opened(runtime.current().database.reader) as opened:
        yield opened
        opened.expunge_all()


@contextmanager
def writing() -> Iterator[Session]:
    """Write in one transaction: success commits, an exception rolls back.

    Raises Busy when another writer holds SQLite for longer than the busy timeout, StorageFull
    when the disk is full. What `after_commit` was given runs once the commit is done.
    """
    with open_for_writing() as opened:
        yield opened
        opened.commit()
    run_after_commit(opened)


@contextmanager
def open_for_writing() -> Iterator[Session]:
    """Open a writing transaction whose end its owner decides (a web request); else rolled back.

    Raises WroteInReadOnlyHook inside a hook that may only read, or a plugin's page that is read.
    """
    if words := refusal.get():
        raise WroteInReadOnlyHook(words)
    with _opened(runtime.current().database.writer) as opened:
        yield opened


def take_turn(session: Session, key: int) -> None:
    """Wait until no other transaction has this turn; it ends with the transaction of `session`.

    For what two processes decide from rows that they both read. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


@contextmanager
def note() -> Iterator[Session]:
    """Write what reading must leave behind, in a short transaction of its own."""
    with lifted(), writing() as opened:
        yield opened


def lifted() -> Bound[str]:
    """Let the core write although a hook or a page that only reads has called it."""
    return Bound(refusal, "")


def refused(words: str) -> Bound[str]:
    """Refuse every write inside, by whatever session, engine or transaction, with these words."""
    return Bound(refusal, words)


def after_commit(current: Session, action: Callable[[], Any]) -> None:
    """Run `action` once, after the commit of `current`; a rollback forgets it."""
    actions: list[Callable[[], Any]] = current.info.setdefault("after_commit", [])
    if action not in actions:
        actions.append(action)


def run_after_commit(committed: Session) -> None:
    """Run what waited for the commit."""
    for action in committed.info.pop("after_commit", []):
        action()


@contextmanager
def _opened(engine: Engine) -> Iterator[Session]:
    with (
        Session(engine, expire_on_commit=False) as opened,
        explained(),
        Bound(_session, opened),
    ):
        yield opened


@contextmanager
def explained() -> Iterator[None]:
    """Turn the database's operational errors into what they mean for a person."""
    try:
        yield
    except OperationalError as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning from error


def meaning_of(error: OperationalError) -> EntraideError | None:
    """Return what an operational error means for a person; None when it is a mistake of ours."""
    words = str(error.orig)
    if any(word in words for word in FULL_WORDS):
        return StorageFull(
            "The disk is full or cannot be written: nothing was saved, nothing was lost."
        )
    if any(word in words for word in BUSY_WORDS):
        return Busy("Another change is being saved. Please try again in a moment.")
    if error.connection_invalidated or "connection" in words:
        return Busy("The database does not answer. Please try again in a moment.")
    return None
