"""Migrations: one folder of scripts and one version table per distribution."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, inspect, text

from entraide.database.engine import Database
from entraide.database.own_tables import VERSION_TABLE, only_own_tables
from entraide.database.sessions import explained
from entraide.errors import DatabaseError

CORE = "entraide"
"""Name of the core's distribution; the others are plugins'."""
LOCK = 7_306_352
"""Key of PostgreSQL's advisory lock, so that two processes never migrate at once."""
EMPTY = (
    "It holds no table at all. If this site had data, [database] url names the wrong place or the "
    "database is missing: put it back first. "
)


@dataclass(frozen=True)
class Distribution:
    """What migrates together: its name (of the version table) and its folder of scripts."""

    name: str
    folder: Path

    @property
    def version_table(self) -> str:
        """Return the name of the version table."""
        return f"{VERSION_TABLE}{self.name}"


def distribution(package: str, name: str) -> Distribution | None:
    """Find the migrations of a package; None when it has no tables."""
    spec = importlib.util.find_spec(package)
    folder = Path(spec.origin or "").parent / "migrations" if spec else None
    return Distribution(name, folder) if folder and folder.is_dir() else None


def upgrade(database: Database, what: Distribution, target: str = "head") -> bool:
    """Bring one distribution's tables to `target`, in one transaction that includes the DDL.

    Return whether there was anything to do. Raises ForeignTable, and changes nothing, when the
    migration of a plugin changes tables that are not its own.
    """
    return _run(database, what, target, is_down=False)


def downgrade(database: Database, what: Distribution, target: str = "base") -> None:
    """Take one distribution's tables back to `target` (`base`: none left)."""
    _run(database, what, target, is_down=True)


def check(database: Database, what: Distribution) -> None:
    """Raise DatabaseError, naming both versions, unless the tables are those of the code.

    It reads only: a site that is being written to can be looked at all the same.
    """
    script = ScriptDirectory(str(what.folder))
    with database.reader.connect() as connection:
        current = _context(connection, what).get_current_revision()
        is_empty = not inspect(connection).get_table_names()
    head = script.get_current_head()
    if current == head:
        return
    _refuse_newer(script, what, current)
    raise DatabaseError(
        f"The tables of {what.name} are at version {current or 'none'}, this code needs {head}. "
        f"{EMPTY if is_empty else ''}Run: entraide migrate"
    )


def require_known(connection: Connection, what: Distribution) -> None:
    """Raise DatabaseError when the tables are newer than the code, which cannot take them back."""
    _refuse_newer(ScriptDirectory(str(what.folder)), what, version_of(connection, what) or None)


def _refuse_newer(script: ScriptDirectory, what: Distribution, current: str | None) -> None:
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseError(
            f"The tables of {what.name} are at version {current}, newer than this code "
            f"({script.get_current_head()}). Install the newer release, or restore the backup "
            "made before the upgrade."
        )


def _run(database: Database, what: Distribution, target: str, *, is_down: bool) -> bool:
    with explained(), database.writer.begin() as connection:
        return _move(connection, what, target, database.column_key, is_down=is_down)


def run_in(connection: Connection, what: Distribution, target: str, column_key: bytes) -> None:
    """Bring tables up to a revision, or with `base` take them away, in a transaction that is open.

    With `base` the version table goes too, so that nothing of the distribution is left.
    """
    is_down = target == "base"
    _move(connection, what, target, column_key, is_down=is_down)
    if is_down:
        forget_version(connection, what.version_table)


def _move(
    connection: Connection, what: Distribution, target: str, column_key: bytes, *, is_down: bool
) -> bool:
    """Run the migrations between where the tables are and `target`; return whether there was one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    script = ScriptDirectory(str(what.folder))

    def plan(now: Any, _context: Any) -> Any:
        move = script._downgrade_revs if is_down else script._upgrade_revs  # noqa: SLF001
        return move(target, now)

    with _limited(connection, what) as after_each:
        context = _context(
            connection, what, plan, column_key=column_key, on_version_apply=after_each
        )
        before = context.get_current_revision()
        _refuse_newer(script, what, before)
        with Operations.context(context):
            context.run_migrations()
        return context.get_current_revision() != before


@contextmanager
def _limited(
    connection: Connection, what: Distribution
) -> Iterator[tuple[Callable[..., None], ...]]:
    """Yield what is called after each migration; the core's may change every table."""
    if what.name == CORE:
        yield ()
        return
    with only_own_tables(connection, what.name) as check_form:
        yield (check_form,)


def _context(
    connection: Connection, what: Distribution, plan: Any = None, **more: Any
) -> MigrationContext:
    options = {"version_table": what.version_table, "fn": plan, "transactional_ddl": True} | more
    # A script that encrypts what was clear finds the column key with `op.get_context().opts`.
    return MigrationContext.configure(connection, opts=options)


def version_of(connection: Connection, what: Distribution) -> str:
    """Return at which revision a distribution's tables are; empty when it has none."""
    return _context(connection, what).get_current_revision() or ""


def head_of(what: Distribution) -> str:
    """Return the revision that this code needs; raises what scripts that cannot be read raise."""
    return ScriptDirectory(str(what.folder)).get_current_head() or ""


def forget_version(connection: Connection, version_table: str) -> None:
    """Drop a version table that is there."""
    if inspect(connection).has_table(version_table):
        Table(version_table, MetaData()).drop(connection)
