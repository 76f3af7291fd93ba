"""Engines: how SQLite and PostgreSQL are opened so that both behave alike."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from entraide.database.changes import ChangeMark
from entraide.errors import DatabaseError

BUSY_TIMEOUT_SECONDS = 5
"""How long a writer waits for another one before the request answers 503."""


def _write_json(value: Any) -> str:
    return orjson.dumps(value).decode()


JSON: dict[str, Any] = {"json_serializer": _write_json, "json_deserializer": orjson.loads}
"""How JSON columns are written and read: several times faster than the standard library."""

OPTIONS: dict[str, Any] = JSON | {"hide_parameters": True}
"""What every engine is opened with; errors end in logs, where nobody's words belong."""

LOG_PAGES = 25_600
"""SQLite's log is at most about 100 MB before a commit has to move it into the file itself."""


class Database:
    """One database of one site: its engine and the key of its encrypted columns."""

    def __init__(
        self, url: str, column_key: bytes = b"\0" * 32, engine: Engine | None = None
    ) -> None:
        self.url = url
        self.column_key = column_key
        self.engine = engine or _open(url)
        self.reader = self.engine.execution_options(entraide_writes=False, postgresql_readonly=True)
        self.writer = self.engine.execution_options(entraide_writes=True)
        self.change_mark = ChangeMark(self.engine)

    @property
    def is_sqlite(self) -> bool:
        """Return whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    def checkpoint(self, *, empties: bool = False) -> None:
        """Move what was committed from SQLite's log into its file; PostgreSQL does so by itself.

        Done by the worker, so that no commit of a request or of a pull waits for it. `empties`
        also writes the file anew and forgets the log: what a migration encrypted may still stand
        in clear in both. That is left out while somebody else uses the file.
        """
        if not self.is_sqlite:
            return
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            if empties:
                with contextlib.suppress(sqlite3.OperationalError):
                    cursor.execute("VACUUM")
            cursor.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if empties else 'PASSIVE'})")
        finally:
            connection.close()

    def close(self) -> None:
        """Give every pooled connection back (before a fork, at shutdown)."""
        self.change_mark.close()
        self.engine.dispose()


def _open(url: str) -> Engine:
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return _open_sqlite(url)
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10, **OPTIONS)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseError(
            f"[database] url {url.partition(':')[0]!r}...: {error}. Write sqlite:///path/to/file or "
            'postgresql+psycopg://user@host/name (with: pip install "entraide[postgresql]").'
        ) from error


def _open_sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, **OPTIONS)
    event.listen(engine, "do_connect", _keep_private)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _keep_private(_dialect: Any, _record: Any, arguments: Any, _options: Any) -> None:
    """Let nobody but the owner and group open the file; SQLite makes its log with the same rights.

    A new file is made here, because SQLite would let everybody on the machine read it.
    """
    path = Path(arguments[0])
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        mode = path.stat().st_mode
        if mode & stat.S_IRWXO:
            with contextlib.suppress(PermissionError):
                path.chmod(stat.S_IMODE(mode) & ~stat.S_IRWXO)
    except OSError:
        # SQLite says what is wrong with the folder, in the words that are known.
        return


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions begin too late for a read-then-write and not at all for DDL.
    connection.isolation_level = None
    try:
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_SECONDS * 1000)}")
        _write_ahead(connection)
        log = f"wal_autocheckpoint={LOG_PAGES}"
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", log):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise DatabaseError(
            f"The file that [database] url names is damaged ({error}). Stop the site, keep a copy "
            "of the file and put its latest backup in its place."
        ) from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    # Of two processes that open a new file at once, SQLite refuses one without waiting.
    until = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("entraide_writes", True):
        connection.exec_driver_sql("PRAGMA query_only=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # Every page begins to read: these two neither wait nor fail, so that nobody has to explain it.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA query_only=ON")
    driver.execute("BEGIN")
