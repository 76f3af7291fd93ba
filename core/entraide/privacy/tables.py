"""Tables rebuilt from the stored classification, as far as the database still has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
    inspect,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType, TypeEngine

from entraide.database import Encrypted
from entraide.database.columns import UtcDateTime

_TYPES: Mapping[str, type[TypeEngine[Any]]] = {
    "encrypted": Encrypted,
    "moment": UtcDateTime,
    "boolean": Boolean,
    "day": Date,
    "float": Float,
    "integer": Integer,
    "json": JSON,
    "text": String,
    "uuid": Uuid,
}
"""Names of column types in the stored classification; anything else is read as it comes."""


def name_of_type(kind: TypeEngine[Any]) -> str:
    """Return the stored name of a column's type, `other` when there is none."""
    return next((name for name, known in _TYPES.items() if isinstance(kind, known)), "other")


def rebuild(session: Session, described: Mapping[str, Any]) -> dict[str, Table]:
    """Return the described tables and columns that the database has, ready for SELECT.

    No model is needed: a plugin may be disabled, broken or gone.
    """
    inspector = inspect(session.connection())
    table_names = set(inspector.get_table_names())
    return {
        name: _table(name, described[name]["columns"], inspector.get_columns(name))
        for name in sorted(table_names & described.keys())
    }


def _table(name: str, columns: Mapping[str, Any], existing: Iterable[Mapping[str, Any]]) -> Table:
    present = {column["name"] for column in existing}
    kept = [
        Column(column, _TYPES.get(about["type"], NullType)())
        for column, about in columns.items()
        if column in present
    ]
    return Table(name, MetaData(), *kept)
