"""A plugin's migration changes its own tables: what reaches for another's is refused and undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, inspect, text

from entraide.errors import DatabaseError

VERSION_TABLE = "alembic_version_"
BATCH_TABLE = "_alembic_tmp_"
"""Alembic's names: of where a distribution stands, and of a copy while SQLite changes a table."""

SHARED_ROWS = frozenset(
    {
        "directory_described_kind",
        "directory_listing",
        "directory_listing_removed",
        "directory_other_site",
    }
)
"""Where plugins keep what other sites offer (`store_listings`): their rows may be changed."""

_NOISE = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\b(?:ON|DO|FOR)\s+(?:NO\s+KEY\s+)?UPDATE\b",
    re.DOTALL | re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?P<verb>(?:INSERT|REPLACE|MERGE)\s+(?:OR\s+\w+\s+)?INTO|UPDATE(?:\s+OR\s+\w+)?"
    r"|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|(?:CREATE|ALTER|DROP)\s+(?:\w+\s+)?TABLE)"
    r"(?:\s+IF\s+(?:NOT\s+)?EXISTS)?(?:\s+ONLY)?\s+"
    r'(?:["`\[]?\w+["`\]]?\s*\.\s*)?["`\[]?(?P<table>\w+)',
    re.IGNORECASE,
)
_ENDING = re.compile(r"\s*(?:BEGIN|COMMIT|END|ROLLBACK|VACUUM|ATTACH|DETACH)\b", re.IGNORECASE)

_SQLITE_FORMS = "SELECT type, tbl_name, name || coalesce(sql, '') FROM sqlite_master"
_POSTGRESQL_FORMS = """
SELECT 'column', table_name::text, concat_ws(' ', column_name, data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT 'index', tablename::text, indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'constraint', relname::text, conname || pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
UNION ALL SELECT 'trigger', relname::text, pg_get_triggerdef(pg_trigger.oid)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal
"""
"""What each database knows of the form of its tables: kind, table, definition."""

Form = frozenset[tuple[str, str, str]]


class ForeignTable(DatabaseError):
    """A plugin's migration changes what is not the plugin's, or ends its own transaction.

    `file` is that of the migration, where no line of it is known.
    """

    def __init__(self, words: str, file: str = "") -> None:
        super().__init__(words)
        self.file = file


@contextmanager
def only_own_tables(connection: Connection, name: str) -> Iterator[Callable[..., None]]:
    """Let the migrations of the plugin `name` change tables called `<name>_...` and no others.

    A statement about another's table raises ForeignTable before it runs. Yields what is to be
    called after each migration: it compares the form of all other tables, and raises too.
    """
    longer = _longer_names(connection, name)
    before = _form(connection, name, longer)

    def check_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        bare = _NOISE.sub(" ", statement)
        if _ENDING.match(bare):
            raise ForeignTable(_ENDS)
        for change in _CHANGE.finditer(bare):
            is_shared = change["table"] in SHARED_ROWS and "TABLE" not in change["verb"].upper()
            if not (is_shared or is_own(change["table"], name, longer)):
                raise ForeignTable(_words(change["table"], name))

    def refuse_commit(_connection: Any) -> None:
        # SQLAlchemy counts the transaction as ended: only closing undoes what it holds.
        connection.invalidate()
        raise ForeignTable(_ENDS)

    def check_form(*, step: Any, **_more: Any) -> None:
        changed = before ^ _form(connection, name, longer)
        if changed:
            words = _words(min(table for _kind, table, _definition in changed), name)
            raise ForeignTable(words, file=step.up_revision.path)

    event.listen(connection, "before_cursor_execute", check_statement)
    event.listen(connection, "commit", refuse_commit)
    try:
        yield check_form
    finally:
        event.remove(connection, "before_cursor_execute", check_statement)
        event.remove(connection, "commit", refuse_commit)


def is_own(table: str, name: str, longer: frozenset[str] = frozenset()) -> bool:
    """Return whether a table is the plugin's; `longer` are plugins whose names begin like its."""
    table = table.removeprefix(BATCH_TABLE)
    if table == f"{VERSION_TABLE}{name}":
        return True
    return table.startswith(f"{name}_") and not any(
        table.startswith(f"{other}_") for other in longer
    )


def form_of(connection: Connection) -> Form:
    """Return the form of every table as the database knows it: kind, table, definition."""
    is_sqlite = connection.dialect.name == "sqlite"
    rows = connection.execute(text(_SQLITE_FORMS if is_sqlite else _POSTGRESQL_FORMS))
    return frozenset(
        (kind, table, definition)
        for kind, table, definition in rows
        if not table.startswith("sqlite_")
    )


def rows_written_to(statement: str) -> str:
    """Return the table whose rows a statement writes or deletes; empty when it writes none.

    A copy that Alembic makes of a table while it changes counts as that table.
    """
    changes = [
        change["table"]
        for change in _CHANGE.finditer(_NOISE.sub(" ", statement))
        if "TABLE" not in change["verb"].upper()
    ]
    return changes[-1].removeprefix(BATCH_TABLE) if changes else ""


def _longer_names(connection: Connection, name: str) -> frozenset[str]:
    tables = inspect(connection).get_table_names()
    known = {table.removeprefix(VERSION_TABLE) for table in tables if VERSION_TABLE in table}
    return frozenset(other for other in known if other.startswith(f"{name}_"))


def _form(connection: Connection, name: str, longer: frozenset[str]) -> Form:
    return frozenset(part for part in form_of(connection) if not is_own(part[1], name, longer))


_ENDS = (
    "it ends the transaction, so that a failure could not be undone. Take BEGIN, COMMIT, VACUUM and "
    "autocommit_block() out"
)


def _words(table: str, name: str) -> str:
    return (
        f"it changes the table {table}, and a plugin's migration changes tables called {name}_... "
        "only. Keep what you need in a table of your own, with a foreign key to the other"
    )
