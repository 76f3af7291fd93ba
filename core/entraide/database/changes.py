"""Whether anybody has written to the database, told without opening a transaction or a table."""

from __future__ import annotations

import threading
from typing import Any, cast

from sqlalchemy import Engine, PoolProxiedConnection

QUESTIONS = {
    # https://www.sqlite.org/pragma.html#pragma_data_version: moves with each foreign commit.
    "sqlite": "PRAGMA data_version",
    # The transactions that run and the next one's number: a commit or a rollback changes the list.
    "postgresql": "SELECT pg_current_snapshot()::text",
}


class ChangeMark:
    """One connection of its own that is asked whether others have committed since the last time.

    A mark can only be compared with others of the same object. Threads may share it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: PoolProxiedConnection | None = None
        self._generation = 0
        self._lock = threading.Lock()

    def read(self) -> str:
        """Return a mark that differs once somebody has committed; raises what the driver raises."""
        with self._lock:
            try:
                return f"{self._generation}:{self._ask()}"
            except Exception:
                self._drop()
                raise

    def close(self) -> None:
        """Close the connection; the next reading opens another one and differs from every mark."""
        with self._lock:
            self._drop()

    def _ask(self) -> Any:
        if self._connection is None:
            self._connection = self._open()
        cursor = self._connection.cursor()
        try:
            cursor.execute(QUESTIONS[self._engine.dialect.name])
            return cursor.fetchone()
        finally:
            cursor.close()

    def _open(self) -> PoolProxiedConnection:
        opened = self._engine.raw_connection()
        # It never goes back to the pool, whose connections are not asked outside transactions.
        opened.detach()
        if self._engine.dialect.name == "postgresql":
            cast("Any", opened.dbapi_connection).autocommit = True
        return opened

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._generation += 1
        if connection is not None:
            connection.close()
