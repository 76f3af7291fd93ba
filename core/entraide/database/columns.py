"""Column declarations: each says whether it is neutral, names a person or describes one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, MappedColumn, mapped_column

from entraide.classification import Audience, Category, Erasure, Marking
from entraide.database.encryption import Encrypted

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of every loaded distribution."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; a naive one is refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value!r} has no zone: use entraide.clock.now()")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Number = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit integer that SQLite can also number by itself."""


class Columns:
    """The mixin of every declarative base: `class Model(Columns, DeclarativeBase)`."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        date: Date(),
        UUID: Uuid(),
        str: Text(),
        int: Number,
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


class Model(Columns, DeclarativeBase):
    """The declarative base of the core's own tables; each other distribution has its own."""

    metadata = metadata


def neutral(*arguments: Any, **options: Any) -> MappedColumn[Any]:
    """Declare a column that says nothing about a person."""
    return mapped_column(*arguments, info={"mark": Marking("neutral")}, **options)


def subject(
    target: InstrumentedAttribute[Any] | None = None,
    *,
    role: str = "subject",
    ondelete: str = "CASCADE",
    **options: Any,
) -> MappedColumn[Any]:
    """Declare the column that names whose data the row is; `target` defaults to the own key."""
    keys = [ForeignKey(target, ondelete=ondelete)] if target is not None else []
    return mapped_column(*keys, info={"mark": Marking("subject", role=role)}, **options)


def personal(
    category: Category,
    *arguments: Any,
    audience: Audience = "staff",
    purpose: str = "",
    retention: str = "",
    on_erase: Erasure = "delete",
    role: str = "",
    **options: Any,
) -> MappedColumn[Any]:
    """Declare a column that describes a person; encrypted when its mark demands it.

    `role` is given when it names somebody by their key: what they are to the row. Raises
    ValueError when a sensitive category has no purpose or would be public.
    """
    mark = Marking("personal", audience, category, purpose, retention, on_erase, role)
    kinds = (*arguments, Encrypted()) if mark.is_encrypted and not arguments else arguments
    return mapped_column(*kinds, info={"mark": mark}, **options)
