"""Whether the rows of a plugin go with what they point at, and whether its tables come and go.

That tables carry its name, are marked and stand in a migration is what it takes to load.
"""

from __future__ import annotations

from alembic.operations.ops import MigrationScript
from sqlalchemy import Table, inspect

from entraide import database
from entraide.app import distributions
from entraide.database import migrations
from entraide.kit import drift
from entraide.kit.candidate import Candidate
from entraide.kit.checking.loads import bench
from entraide.kit.findings import Finding
from entraide.plugins.errors import model_place, step_of


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
    with bench(plugin) as site:
        own = next((known for known in distributions(site) if known.name == plugin.name), None)
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
            what = f"a migration fails on its way down or up: {type(error).__name__}: {error}"
            where = plugin.place(*step_of(str(own.folder), error))
            return [Finding("bronze", what, where, why, "Mend downgrade().")]
        script = drift.compare(site, plugin.name, plugin.package)
        return [] if drift.is_empty(script) else [_differs(plugin, script, place)]


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
