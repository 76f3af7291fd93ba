"""Whether the tables of a plugin are named, marked and migrated."""

from __future__ import annotations

import ast
from pathlib import Path

from alembic.operations.ops import MigrationScript
from sqlalchemy import Table, inspect

from entraide import database
from entraide.app import distributions
from entraide.classification import Marking
from entraide.database import migrations
from entraide.kit import drift
from entraide.kit.candidate import Candidate
from entraide.kit.checking.loads import needed
from entraide.kit.checking.source import modules
from entraide.kit.findings import Finding
from entraide.kit.workbench import workbench


def are_named_and_marked(plugin: Candidate) -> list[Finding]:
    """Name the tables without the plugin's name, the columns without a mark or an end."""
    with workbench(needed(plugin)):
        tables = database.tables_of(plugin.package)
        return [finding for table in tables for finding in _look_at(plugin, table)]


def _look_at(plugin: Candidate, table: Table) -> list[Finding]:
    place = _place(plugin, table)
    found: list[Finding] = []
    if not table.name.startswith(f"{plugin.name}_"):
        why = "Two plugins could have a table of the same name."
        how = f"Call it {plugin.name}_{table.name}."
        found.append(Finding("bronze", f"the table is called {table.name}", place, why, how))
    for column in table.columns:
        mark = column.info.get("mark")
        if not isinstance(mark, Marking):
            why = "Nobody knows whose data it is, so that it cannot be exported."
            how = "Declare it with neutral(), subject() or personal()."
            what = f"{table.name}.{column.name} is not classified"
            found.append(Finding("bronze", what, place, why, how))
        for key in column.foreign_keys:
            if key.ondelete is None:
                why = "When the other row goes, this one would keep it from going."
                how = 'Write ForeignKey(..., ondelete="CASCADE"), or "SET NULL".'
                what = f"{table.name}.{column.name} does not say what happens with it"
                found.append(Finding("silver", what, place, why, how))
    return found


def _place(plugin: Candidate, table: Table) -> str:
    for path, tree in modules(plugin):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or node.value != table.name:
                continue
            if "migrations" not in path.parts:
                return plugin.place(path, node.lineno)
    return plugin.place(plugin.folder / "models.py")


def migrate_both_ways(plugin: Candidate) -> list[Finding]:
    """Run the migrations up, down and up; say where they fail, what stays, what differs."""
    place = plugin.place(plugin.folder / "migrations")
    with workbench(needed(plugin)) as site:
        own = next((known for known in distributions(site) if known.name == plugin.name), None)
        tables = {table.name for table in database.tables_of(plugin.package)}
        if own is None:
            return _without(plugin, tables, place)
        try:
            migrations.downgrade(site.database, own)
            left = tables & set(inspect(site.database.engine).get_table_names())
            migrations.upgrade(site.database, own)
        except Exception as error:  # noqa: BLE001 - whatever a migration raises is a finding
            why = "Who uninstalls a plugin takes its tables away, and may bring them back."
            what = f"a migration fails on its way down or up: {type(error).__name__}: {error}"
            return [Finding("bronze", what, _file(place, error), why, "Mend downgrade().")]
        script = drift.compare(site, plugin.name, plugin.package)
    found = [
        Finding(
            "bronze",
            f"the table {name} stays when the plugin is uninstalled",
            place,
            "Uninstalling leaves an empty difference.",
            "Drop it in downgrade().",
        )
        for name in sorted(left)
    ]
    if not drift.is_empty(script):
        found.append(_differs(plugin, script, place))
    return found


def _without(plugin: Candidate, tables: set[str], place: str) -> list[Finding]:
    return [
        Finding(
            "bronze",
            f"the table {name} has no migration",
            place,
            "Nothing makes the table on a site: its pages fail.",
            f'Run: entraide plugin migration {plugin.name} "first tables"',
        )
        for name in sorted(tables)
    ]


def _differs(plugin: Candidate, script: MigrationScript, place: str) -> Finding:
    first = drift.written(script)[0].strip().splitlines()[0].strip()
    return Finding(
        "bronze",
        f"models and migrations differ. What is missing begins with: {first}",
        place,
        "The site has other tables than the code expects.",
        f'Run: entraide plugin migration {plugin.name} "what changed"',
    )


def _file(place: str, error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "versions" in path.parts:
            place = f"{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
