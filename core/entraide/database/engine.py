"""Engines: how SQLite and PostgreSQL are opened so that both behave alike."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from entraide.errors import DatabaseError

BUSY_TIMEOUT_SECONDS = 5
"""How long a writer waits for another one before the request answers 503."""


class Database:
    """One database of one site: its engine and the key of its encrypted columns."""

    def __init__(self, url: str, column_key: bytes = b"\0" * 32) -> None:
        self.url = url
        self.column_key = column_key
        self.engine = _open(url)
        self.reader = self.engine.execution_options(entraide_writes=False, postgresql_readonly=True)
        self.writer = self.engine.execution_options(entraide_writes=True)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Give every pooled connection back (before a fork, at shutdown)."""
        self.engine.dispose()


def _open(url: str) -> Engine:
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return _open_sqlite(url)
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseError(
            f"[database] url {url.partition(':')[0]!r}...: {error}. Write sqlite:///path/to/file or "
            'postgresql+psycopg://user@host/name (with: pip install "entraide[postgresql]").'
        ) from error


def _open_sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions begin too late for a read-then-write and not at all for DDL.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON",
        f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("entraide_writes", True)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
