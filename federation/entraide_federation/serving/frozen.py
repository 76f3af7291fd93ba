"""One read transaction that sees one state of the database, for answers and for files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from entraide import database


@contextmanager
def frozen() -> Iterator[Session]:
    """Read in one transaction whose statements all see the same rows."""
    with database.reading() as session:
        yield hold_still(session)


def hold_still(session: Session) -> Session:
    """Make every statement of a fresh session see the rows that its first one saw.

    SQLite's transactions do so by themselves; PostgreSQL's would see each other's commits.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session
