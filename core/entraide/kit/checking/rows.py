"""Rows made up for every table of a plugin, about one member, with words found again by a check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from entraide import database
from entraide.classification import Marking
from entraide.kit.candidate import Candidate
from entraide.kit.checking.loads import bench
from entraide.kit.checking.values import CANARY, values_for
from entraide.kit.findings import Finding
from entraide.members import accounts
from entraide.members.models import Member
from entraide.plugins.errors import model_place

SHORTEST_EXAMPLE = 8
MOST_TRIES = 200
"""Rows that are tried for one table before it counts as one of which only its plugin knows."""


@dataclass
class MadeUp:
    """Rows about `owner`; `words` maps each made-up text to its column, `keys` has ids by table.

    `left_out` maps each table for which no row could be made up to what is missing, in words.
    """

    owner: Member
    words: dict[str, Column[Any]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def add_person(session: Session, name: str, role: str = "") -> Member:
    """Add a visibly synthetic member, with a role when one is given."""
    person = accounts.open_account(
        session, email=f"{name}@example.org", display_name=f"{name.title()} Exemple"
    )
    if role:
        accounts.grant_role(session, member=person, role=role, actor=None)
    session.flush()
    return person


def fill(session: Session, plugin: Candidate) -> MadeUp:
    """Write one row into each table of the plugin, in the order of their keys."""
    made = MadeUp(add_person(session, "owner"))
    made.keys[Member.__tablename__] = made.owner.id
    names = {table.name for table in database.tables_of(plugin.package)}
    for table in database.metadata.sorted_tables:
        if table.name in names:
            _fill(session, table, plugin.package, made)
    return made


def are_made_up(plugin: Candidate) -> list[Finding]:
    """Write a row into each table; name those for which none can be made up."""
    with bench(plugin), database.writing() as session:
        left_out = fill(session, plugin).left_out
        return [
            Finding(
                "gold",
                f"no row could be made up for {name}: {reason}",
                plugin.place(*model_place(plugin.package, database.metadata.tables[name])),
                "Who reads its rows, whether pages with them open and the export were not tried.",
                "Say what its columns take: an Enum or Literal as their type, or an example, "
                'neutral(example="monday"). Both are explained in docs/how-to/write-a-plugin.md.',
            )
            for name, reason in left_out.items()
        ]


def _fill(session: Session, table: Table, package: str, made: MadeUp) -> None:
    reason = ""
    for values in islice(_rows(session, table, package, made), MOST_TRIES):
        missing = [
            column.name
            for column in table.columns
            if values[column.name] is None and not column.nullable and column.default is None
        ]
        reason = reason or (f"nothing says what {missing[0]} takes" if missing else "")
        if missing:
            continue
        kept = {name: value for name, value in values.items() if value is not None}
        try:
            with session.begin_nested():
                session.execute(table.insert().values(kept))
        except (StatementError, IntegrityError) as error:
            # A check of the table asks for values that only its plugin knows.
            reason = reason or str(error.orig or error).strip()
            continue
        _remember(table, kept, made)
        return
    made.left_out[table.name] = reason


def _remember(table: Table, values: dict[str, Any], made: MadeUp) -> None:
    for column in table.columns:
        value = values.get(column.name)
        if isinstance(value, str) and _is_sought(column, value):
            made.words[value] = column
        if column.primary_key:
            made.keys[table.name] = value


def _is_sought(column: Column[Any], value: str) -> bool:
    if value.startswith(CANARY):
        return True
    # Shorter ones may stand on a page for another reason.
    return "example" in column.info and is_personal(column) and len(value) >= SHORTEST_EXAMPLE


def is_personal(column: Column[Any]) -> bool:
    """Return whether a column describes a person."""
    mark = column.info.get("mark")
    return isinstance(mark, Marking) and mark.kind == "personal"


def _rows(session: Session, table: Table, package: str, made: MadeUp) -> Iterator[dict[str, Any]]:
    # The likeliest row, then one column at a time, then all together.
    names = [column.name for column in table.columns]
    choices = [_values(session, column, package, made) for column in table.columns]
    likeliest = [values[0] for values in choices]
    yield dict(zip(names, likeliest, strict=True))
    for name, values in zip(names, choices, strict=True):
        for value in values[1:]:
            yield dict(zip(names, likeliest, strict=True)) | {name: value}
    for combined in product(*choices):
        yield dict(zip(names, combined, strict=True))


def _values(session: Session, column: Column[Any], package: str, made: MadeUp) -> list[Any]:
    for key in column.foreign_keys:
        target = key.column.table
        if target.name not in made.keys and not column.nullable:
            _add_core_row(session, target, made)
        return [made.keys.get(target.name)]
    mark = column.info.get("mark")
    if isinstance(mark, Marking) and mark.kind == "subject":
        return [made.owner.id]
    return values_for(package, column)


def _add_core_row(session: Session, table: Table, made: MadeUp) -> None:
    """Write a row of the core that a plugin's row points at; what it says nobody reads here."""
    if table not in database.tables_of("entraide"):
        return
    values = {
        column.name: _values(session, column, "entraide", made)[0]
        for column in table.columns
        if column.primary_key
        or not (column.nullable or column.default is not None or column.server_default is not None)
    }
    with session.begin_nested():
        session.execute(table.insert().values(values))
    [made.keys[table.name]] = [values[column.name] for column in table.primary_key]
