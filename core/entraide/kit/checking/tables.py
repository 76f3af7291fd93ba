"""Whether the rows of a plugin go with what they point at, and whether its tables come and go.

That tables carry its name, are marked and stand in a migration is what it takes to load.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic.operations.ops import MigrationScript
from alembic.script import ScriptDirectory
from sqlalchemy import Table, inspect

from entraide import database
from entraide.app import distributions
from entraide.database import migrations
from entraide.database.migrations import Distribution
from entraide.kit import drift
from entraide.kit.candidate import Candidate
from entraide.kit.checking import rows
from entraide.kit.checking.loads import bench
from entraide.kit.checking.source import modules
from entraide.kit.findings import Finding
from entraide.plugins.errors import model_place, step_of
from entraide.runtime import Runtime


def say_what_goes(plugin: Candidate) -> list[Finding]:
    """Name the keys that do not say what becomes of their row when the other one goes."""
    with bench(plugin):
        tables = database.tables_of(plugin.package)
        return [finding for table in tables for finding in _endless_keys(plugin, table)]


def _endless_keys(plugin: Candidate, table: Table) -> list[Finding]:
    place = plugin.place(*model_place(plugin.package, table))
    return [
        Finding(
            "silver",
            f"{table.name}.{column.name} does not say what happens with it",
            place,
            "When the other row goes, this one would keep it from going.",
            'Write ForeignKey(..., ondelete="CASCADE"), or "SET NULL".',
        )
        for column in table.columns
        for key in column.foreign_keys
        if key.ondelete is None
    ]


def migrate_both_ways(plugin: Candidate) -> list[Finding]:
    """Run the migrations up, down and up; say where they fail, what stays, what differs."""
    place = plugin.place(plugin.folder / "migrations")
    with _migrated(plugin) as (site, own):
        if own is None:
            return []
        tables = {table.name for table in database.tables_of(plugin.package)}
        try:
            migrations.downgrade(site.database, own)
            if left := tables & set(inspect(site.database.engine).get_table_names()):
                return [_stays(name, place) for name in sorted(left)]
            migrations.upgrade(site.database, own)
        except Exception as error:  # noqa: BLE001 - whatever a migration raises is a finding
            why = "Who uninstalls a plugin takes its tables away, and may bring them back."
            what = "a migration fails on its way down or up"
            return [_fails(plugin, own, error, what, why, "Mend downgrade().")]
        script = drift.compare(site, plugin.name, plugin.package)
        return [] if drift.is_empty(script) else [_differs(plugin, script, place)]


def migrate_with_rows(plugin: Candidate) -> list[Finding]:
    """Take back each migration but the first and run it again, with a row in each table."""
    with _migrated(plugin) as (site, own):
        if own is None:
            return []
        with database.writing() as session:
            rows.fill(session, plugin)
        for revision in ScriptDirectory(str(own.folder)).walk_revisions():
            if not isinstance(revision.down_revision, str):
                continue
            steps: tuple[Callable[..., object], ...] = (migrations.downgrade, migrations.upgrade)
            for move, target in zip(steps, (revision.down_revision, "head"), strict=True):
                try:
                    move(site.database, own, target)
                except Exception as error:  # noqa: BLE001 - whatever a migration raises is a finding
                    what = f"migration {revision.revision} fails when the tables hold rows"
                    why = "Sites have rows: there the plugin rests from this migration on."
                    how = "Give a column that may not be empty a server_default, or fill it there."
                    return [_fails(plugin, own, error, what, why, how)]
    return []


@contextmanager
def _migrated(plugin: Candidate) -> Iterator[tuple[Runtime, Distribution | None]]:
    with bench(plugin) as site:
        yield (
            site,
            next((known for known in distributions(site) if known.name == plugin.name), None),
        )


def _fails(  # noqa: PLR0917 - one finding
    plugin: Candidate, own: Distribution, error: Exception, what: str, why: str, how: str
) -> Finding:
    cause = getattr(error, "orig", None) or error
    place = plugin.place(*step_of(str(own.folder), error))
    return Finding("bronze", f"{what}: {type(cause).__name__}: {cause}", place, why, how)


def leave_no_types(plugin: Candidate) -> list[Finding]:
    """Name what in migrations makes a type of PostgreSQL's own, which no SQLite has."""
    return [
        Finding(
            "bronze",
            "the migration makes a type of PostgreSQL's own, beside the tables",
            plugin.place(path, node.lineno),
            "It bears no plugin's name, stays when the table goes, and fails when that comes back.",
            "Write sa.String(length=64), as `entraide plugin migration` does.",
        )
        for path, tree in modules(plugin)
        if "migrations" in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_native(node)
    ]


def _is_native(call: ast.Call) -> bool:
    called = ast.unparse(call.func).rpartition(".")[2]
    keys = {word.arg: ast.unparse(word.value) for word in call.keywords}
    return called == "ENUM" or (called == "Enum" and keys.get("native_enum") != "False")


def _stays(table: str, place: str) -> Finding:
    return Finding(
        "bronze",
        f"the table {table} stays when the plugin is uninstalled",
        place,
        "Uninstalling leaves an empty difference.",
        "Drop it in downgrade().",
    )


def _differs(plugin: Candidate, script: MigrationScript, place: str) -> Finding:
    first = drift.written(script)[0].strip().splitlines()[0].strip()
    return Finding(
        "bronze",
        f"models and migrations differ. What is missing begins with: {first}",
        place,
        "The site has other tables than the code expects.",
        f'Run: entraide plugin migration {plugin.name} "what changed"',
    )
