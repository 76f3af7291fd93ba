"""What distinguishes the models of a distribution from its migrated tables."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import (
    AddColumnOp,
    DowngradeOps,
    DropColumnOp,
    DropTableOp,
    MigrationScript,
    OpContainer,
    UpgradeOps,
)
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Enum, Table

from entraide import database
from entraide.database import Encrypted
from entraide.database.columns import UtcDateTime
from entraide.database.own_tables import VERSION_TABLE
from entraide.runtime import Runtime


def compare(site: Runtime, name: str, package: str) -> MigrationScript:
    """Return the steps that lead from the tables of a site to the models of a distribution."""
    own = {table.name for table in database.tables_of(package)}
    with site.database.engine.connect() as connection:
        return produce_migrations(_context(connection, name, own), database.metadata)


def is_empty(script: MigrationScript) -> bool:
    """Return whether there is nothing to do."""
    steps = script.upgrade_ops
    return steps is None or steps.is_empty()


def written(script: MigrationScript) -> tuple[str, str]:
    """Return the bodies of `upgrade` and `downgrade` as Python."""
    return _code(script.upgrade_ops), _code(script.downgrade_ops)


def warnings(script: MigrationScript) -> list[str]:
    """Return one sentence for each step that loses what is stored, or that stored rows refuse."""
    steps = _steps(script.upgrade_ops)
    sentences = [
        f"{column} may not be empty, and rows written before have no value: give it a "
        "server_default in the migration, or fill it there."
        for column in _unfilled(steps)
    ]
    sentences += [
        f"{step.table_name}.{step.column_name} goes with what it holds. If it is a rename, write "
        f'batch_op.alter_column("{step.column_name}", new_column_name="{_new_name(step, steps)}") '
        "in place of adding and dropping, and the other way round in downgrade()."
        for step in steps
        if isinstance(step, DropColumnOp)
    ]
    sentences += [
        f"{step.table_name} goes with its rows. If it is a rename, write "
        f'op.rename_table("{step.table_name}", "…") in place of creating and dropping.'
        for step in steps
        if isinstance(step, DropTableOp)
    ]
    sentences += [
        f"On the way back {column} may not be empty, and the rows have no value: give it a "
        "server_default in downgrade()."
        for column in _unfilled(_steps(script.downgrade_ops))
    ]
    return sentences


def _unfilled(steps: list[Any]) -> list[str]:
    return [
        f"{step.table_name}.{step.column.name}"
        for step in steps
        if isinstance(step, AddColumnOp)
        and not step.column.nullable
        and step.column.server_default is None
    ]


def _new_name(gone: DropColumnOp, steps: list[Any]) -> str:
    """Return the only column that its table gets instead; an ellipsis when there are others."""
    new = [
        step.column.name
        for step in steps
        if isinstance(step, AddColumnOp) and step.table_name == gone.table_name
    ]
    return str(new[0]) if len(new) == 1 else "…"


def _steps(container: Any) -> list[Any]:
    steps = list(container.ops) if isinstance(container, OpContainer) else []
    return [inner for step in steps for inner in (_steps(step) or [step])]


def _context(connection: Connection, name: str, own: set[str]) -> MigrationContext:
    def is_own(thing: Any, called: str | None, kind: str, _reflected: bool, _to: Any) -> bool:  # noqa: FBT001 - Alembic's signature
        if kind == "table":
            return called in own or str(called).startswith(f"{name}_")
        table = getattr(thing, "table", None)
        return (
            not isinstance(table, Table) or table.name in own or table.name.startswith(f"{name}_")
        )

    options: dict[str, Any] = {
        "version_table": f"{VERSION_TABLE}{name}",
        "include_object": is_own,
        "compare_type": True,
        "target_metadata": database.metadata,
        "render_item": _render,
        "render_as_batch": True,
    }
    return MigrationContext.configure(connection, opts=options)


def _render(kind: str, thing: Any, _context: AutogenContext) -> Any:
    # A migration names what is stored: the classes of the core may change after it.
    if kind == "type" and isinstance(thing, Encrypted):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, Enum):
        # Its choices are the code's: a new one needs no migration.
        return f"sa.String(length={thing.length})"
    return False


def _code(steps: UpgradeOps | DowngradeOps | None) -> str:
    if steps is None:
        return "pass"
    options: dict[str, Any] = {"render_as_batch": True, "render_item": _render}
    lines = render_python_code(steps, **options).splitlines()
    return "\n".join(
        line for line in lines if line.strip() and not line.strip().startswith("# ###")
    )
