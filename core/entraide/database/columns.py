"""Column declarations: each says whether it is neutral, names a person or describes one."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    MappedColumn,
    mapped_column,
    registry,
)
from sqlalchemy.orm.base import opt_manager_of_class

from entraide.classification import Audience, Category, Erasure, Marking
from entraide.database.encryption import Encrypted
from entraide.i18n import LazyText

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


WORD_LENGTH = 64


def _words_of(choices: type[enum.Enum]) -> list[str]:
    return [str(choice.value) for choice in choices]


Word = Enum(enum.Enum, native_enum=False, length=WORD_LENGTH, values_callable=_words_of)
"""A choice, kept as its value in a text: a type of PostgreSQL's own would outlive its table."""

TYPES: dict[Any, Any] = {
    datetime: UtcDateTime(),
    date: Date(),
    UUID: Uuid(),
    str: Text(),
    int: Number,
    dict[str, Any]: JSON(none_as_null=True),
    list[str]: JSON(none_as_null=True),
    enum.Enum: Word,
    Literal: Word,
}
"""How the types of a class's columns are stored."""

_registries: dict[str, registry] = {}


def registry_of(module: str) -> registry:
    """Return the registry that holds the classes of the distribution of a module."""
    distribution = module.partition(".")[0]
    if distribution not in _registries:
        _registries[distribution] = registry(metadata=metadata, type_annotation_map=TYPES)
    return _registries[distribution]


def tables_of(module: str) -> list[Table]:
    """Return the tables of the classes that stand in a module or below it."""
    return [
        mapper.local_table
        for mapper in registry_of(module).mappers
        if f"{mapper.class_.__module__}.".startswith(f"{module}.")
        and isinstance(mapper.local_table, Table)
    ]


def forget_models(module: str) -> None:
    """Forget the tables of a distribution that cannot be used, and its classes.

    Left behind, they would fail the core's own classes and the export.
    """
    for table in tables_of(module):
        metadata.remove(table)
    registry_of(module).dispose()
    # A class that could not be mapped is still known there by its name.
    _registries.pop(module.partition(".")[0], None)


class Model(DeclarativeBase):
    """The base of every table, the core's and plugins'.

    The classes of each distribution stand in a registry of their own: a relationship that is
    misspelt in one of them fails that distribution alone. One to a class of another distribution
    names the class (`Member`), not its name in quotes.
    """

    registry = registry_of(__name__)

    def __init_subclass__(cls, **options: Any) -> None:
        """Map the class into the registry of its distribution."""
        # Where SQLAlchemy looks for it; `registry` is for readers, and not taken before.
        cls._sa_registry = registry_of(cls.__module__)
        try:
            super().__init_subclass__(**options)
        except Exception:
            # A class that cannot be mapped would stay among the others, and fail whoever lists them.
            if manager := opt_manager_of_class(cls):
                cls._sa_registry._managers.pop(manager, None)  # noqa: SLF001
            raise
        cls.registry = cls._sa_registry


def neutral(*arguments: Any, example: Any = None, **options: Any) -> MappedColumn[Any]:
    """Declare a column that says nothing about a person.

    `example` is a value that it may take, or a function that returns one, for the check of a
    plugin: where neither its type nor a form says which values there are.
    """
    info = _info(Marking("neutral"), example)
    return mapped_column(*arguments, info=info, **options)


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
    purpose: str | LazyText = "",
    retention: str = "",
    on_erase: Erasure = "delete",
    role: str = "",
    example: Any = None,
    **options: Any,
) -> MappedColumn[Any]:
    """Declare a column that describes a person; encrypted when its mark demands it.

    `role` is given when it names somebody by their key: what they are to the row. `example` is a
    value that it may take, as in `neutral`: the check looks for its words on pages. Raises
    ValueError when a sensitive category has no purpose or would be public.
    """
    mark = Marking("personal", audience, category, purpose, retention, on_erase, role)
    kinds = (*arguments, Encrypted()) if mark.is_encrypted and not arguments else arguments
    return mapped_column(*kinds, info=_info(mark, example), **options)


def _info(mark: Marking, example: Any) -> dict[str, Any]:
    return {"mark": mark} if example is None else {"mark": mark, "example": example}
