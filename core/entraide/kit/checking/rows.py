"""Rows made up for every table of a plugin, about one member, with words found again by a check."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from entraide import clock, database
from entraide.classification import Marking
from entraide.database import Encrypted
from entraide.ids import new_id
from entraide.kit.candidate import Candidate
from entraide.kit.checking.loads import bench
from entraide.members import accounts
from entraide.members.models import Member


@dataclass
class MadeUp:
    """Rows about `owner`; `words` maps each made-up text to its column, `keys` has ids by table.

    `left_out` names tables and columns of which only the plugin knows what they take.
    """

    owner: Member
    words: dict[str, Column[Any]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


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
    names = {table.name for table in database.tables_of(plugin.package)}
    for table in database.metadata.sorted_tables:
        if table.name in names:
            _fill(session, table, made)
    return made


def not_made_up(plugin: Candidate) -> list[str]:
    """Return the tables, or their columns, for which no row can be made up."""
    with bench(plugin), database.writing() as session:
        return fill(session, plugin).left_out


def _fill(session: Session, table: Table, made: MadeUp) -> None:
    if missing := _write_row(session, table, made):
        made.left_out.append(missing)
        made.words = {text: at for text, at in made.words.items() if at.table is not table}


def _write_row(session: Session, table: Table, made: MadeUp) -> str:
    """Write one row; return for which column there is no value, or which table takes none."""
    values: dict[str, Any] = {}
    for column in table.columns:
        value = _value(table, column, made)
        if value is None and not column.nullable and column.default is None:
            return f"{table.name}.{column.name}"
        if value is not None:
            values[column.name] = value
    try:
        with session.begin_nested():
            session.execute(table.insert().values(values))
    except (StatementError, IntegrityError):
        # A check of the table asks for values that only its plugin knows.
        return table.name
    for column in table.primary_key:
        made.keys[table.name] = values.get(column.name)
    return ""


def _value(table: Table, column: Column[Any], made: MadeUp) -> Any:
    for key in column.foreign_keys:
        target = key.column.table.name
        return made.owner.id if target == Member.__tablename__ else made.keys.get(target)
    mark = column.info.get("mark")
    if isinstance(mark, Marking) and mark.kind == "subject":
        return made.owner.id
    return _plain(table, column, made)


def _plain(table: Table, column: Column[Any], made: MadeUp) -> Any:
    kind = _python_type(column)
    simple: dict[type, Any] = {
        UUID: new_id(),
        bool: True,
        int: 1,
        float: 1.0,
        datetime: clock.now(),
        date: clock.today(),
        dict: {},
        list: [],
    }
    if kind in simple:
        # What may be empty stays so: a row that has just been made is the usual one.
        return None if column.nullable and not column.primary_key else simple[kind]
    if kind is bytes:
        return None if column.nullable else b"canary"
    if kind is str:
        words = f"canary-{table.name}-{column.name}"
        made.words[words] = column
        return words
    return None


def _python_type(column: Column[Any]) -> type:
    if isinstance(column.type, Encrypted):
        # It keeps any JSON value; words can be found again.
        return str
    # A type of the core's own says nothing of Python; what it is made of does.
    kept = getattr(column.type, "impl_instance", column.type)
    try:
        known: type = kept.python_type
    except NotImplementedError:
        return str
    return known
