"""One read transaction that sees one state of the database, for answers and for streams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from entraide import database, runtime


@contextmanager
def frozen() -> Iterator[Session]:
    """Read in one transaction whose statements all see the same rows."""
    with database.reading() as session:
        yield hold_still(session)


def open_frozen() -> Session:
    """Open a reading session that outlives the request (a stream); its owner closes it."""
    return hold_still(Session(runtime.current().database.reader))


def hold_still(session: Session) -> Session:
    """Make every statement of a fresh session see the rows that its first one saw.

    SQLite's transactions do so by themselves; PostgreSQL's would see each other's commits.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session
