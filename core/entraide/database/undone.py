"""PostgreSQL in one transaction that is undone at the end: all of it runs, nothing of it stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, StaticPool, create_engine, event, text

from entraide.database.engine import OPTIONS, Database
from entraide.errors import DatabaseError

LOCK_SECONDS = 2
"""How long a statement waits for a table that the site is using."""
TIMED_OUT = {"55P03": "the site is using its tables", "57014": "it takes too long"}
"""What PostgreSQL calls a lock that does not come, and a statement that is ended."""


class OutOfTime(DatabaseError):
    """What may hold the tables of a site that runs for a moment only has taken longer."""


class Undone(Database):
    """A database whose transactions are savepoints of one transaction that is undone at the end."""

    def __init__(self, url: str, column_key: bytes, seconds: float) -> None:
        engine = create_engine(url, poolclass=StaticPool, pool_reset_on_return=None, **OPTIONS)
        super().__init__(url, column_key, engine)
        # One connection for all: it has begun to write already, and cannot become a reader.
        self.reader = engine.execution_options(entraide_writes=False)
        self.is_lost = False
        with engine.connect() as connection:
            connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
            connection.commit()
            driver: Any = connection.connection.driver_connection
        # A statement that runs when time is over is ended, wherever it is.
        self._timer = threading.Timer(seconds, driver.cancel)
        self._timer.daemon = True
        self._timer.start()
        self._use_savepoints(engine)
        self._watch(engine, time.monotonic() + seconds)

    @staticmethod
    def _use_savepoints(engine: Engine) -> None:
        depth = 0

        def begin(connection: Any) -> None:
            nonlocal depth
            depth += 1
            connection.cursor().execute(f"SAVEPOINT undone_{depth}")

        def end(connection: Any, words: str) -> None:
            nonlocal depth
            driver = connection.driver_connection
            if depth and driver is not None and not driver.closed:
                connection.cursor().execute(f"{words} undone_{depth}")
            depth = max(depth - 1, 0)

        dialect: Any = engine.dialect
        dialect.do_begin = begin
        dialect.do_commit = lambda connection: end(connection, "RELEASE SAVEPOINT")
        dialect.do_rollback = lambda connection: end(connection, "ROLLBACK TO SAVEPOINT")

    def _watch(self, engine: Engine, until: float) -> None:
        def check_time(*_event: Any) -> None:
            if time.monotonic() > until:
                raise OutOfTime("it takes too long")

        def lose(*_event: Any) -> None:
            self.is_lost = True

        event.listen(engine, "before_cursor_execute", check_time)
        # Whoever ends the transaction by its own means loses the connection, and all before it.
        event.listen(engine, "invalidate", lose)

    def checkpoint(self, *, empties: bool = False) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Close the connection, which undoes everything, whatever state it is in."""
        self._timer.cancel()
        super().close()


@contextmanager
def undone(database: Database, seconds: float) -> Iterator[Undone]:
    """Give a database on PostgreSQL in which everything is undone at the end of the block.

    It waits for no table for long, and keeps others waiting for `seconds` at most, also for the
    tables that it changes: until its end nobody else reads those.
    """
    trial = Undone(database.url, database.column_key, seconds)
    try:
        yield trial
    finally:
        trial.close()


def timed_out(error: BaseException | None) -> str:
    """Return why time ran out when that is behind a failure; empty when it is another one."""
    while error is not None:
        if isinstance(error, OutOfTime):
            return str(error)
        state = getattr(getattr(error, "orig", None), "sqlstate", None)
        if state in TIMED_OUT:
            return TIMED_OUT[state]
        error = error.__cause__
    return ""
