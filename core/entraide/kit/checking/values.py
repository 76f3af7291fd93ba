"""Values that a column of a plugin takes, as far as its model, its checks and its forms say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import Schema, validate
from marshmallow import fields as upstream
from sqlalchemy import JSON, CheckConstraint, Column, Enum
from sqlalchemy.exc import CompileError

from entraide import clock, fields
from entraide.database import Encrypted, registry_of
from entraide.ids import new_id

CANARY = "canary-"
COMMUNE = "58079"
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?![\w.'])")
_PLAIN: dict[type, Callable[[], Any]] = {
    UUID: new_id,
    bool: lambda: True,
    int: lambda: 1,
    float: lambda: 1.0,
    Decimal: lambda: Decimal(1),
    datetime: clock.now,
    date: clock.today,
    time: lambda: time(8),
    timedelta: lambda: timedelta(hours=1),
    bytes: CANARY.encode,
    dict: dict,
    list: list,
}


def values_for(package: str, column: Column[Any]) -> list[Any]:
    """Return values that a column may take, the likeliest first; None stands for no value.

    A text of which nothing says what it may be gets words that are likely again.
    """
    if "example" in column.info:
        example = column.info["example"]
        return [example() if callable(example) else example]
    kind = _python_type(package, column)
    spoken = [*_of_type(column), *_of_checks(column, kind), *_of_forms(package, column, kind)]
    if kind is str:
        is_closed = isinstance(column.type, Enum)
        spoken += [] if is_closed else [f"{CANARY}{column.table.name}-{column.name}"]
    elif kind in _PLAIN and not isinstance(column.type, Enum):
        # A number of the checks may be a limit that the row has to pass.
        spoken = [*_of_forms(package, column, kind), _PLAIN[kind](), *spoken]
    if kind is not str and column.nullable and not column.primary_key:
        # What may be empty stays so: a row that has just been made is the usual one.
        return [None, *spoken]
    return spoken or [None]


def _python_type(package: str, column: Column[Any]) -> type:
    """Return the Python type of a column's values; `object` when its type does not say."""
    if isinstance(column.type, Encrypted):
        # It keeps any JSON value; words can be likely again.
        return str
    if isinstance(column.type, JSON):
        # The class says what it keeps.
        return list if "list[" in _annotation(package, column) else dict
    # A type of the core's own says nothing of Python; what it is made of does.
    for kept in (column.type, getattr(column.type, "impl_instance", None)):
        try:
            known: type = kept.python_type  # type: ignore[union-attr]
        except (NotImplementedError, AttributeError):
            continue
        if known is not object:
            return known
    return str


def _annotation(package: str, column: Column[Any]) -> str:
    for mapper in registry_of(package).mappers:
        if mapper.local_table is column.table:
            return str(vars(mapper.class_).get("__annotations__", {}).get(column.name, ""))
    return ""


def _of_type(column: Column[Any]) -> list[Any]:
    if not isinstance(column.type, Enum):
        return []
    return list(column.type.enum_class or column.type.enums)


def _of_checks(column: Column[Any], kind: type) -> list[Any]:
    """Return what the checks of the table compare a column with, and what lies beside numbers."""
    likely: list[Any] = []
    for words in _checks(column):
        if kind is str:
            likely += [text.replace("''", "'") for text in _TEXT.findall(words)]
        elif kind in (int, float, Decimal):
            numbers = [int(number) for number in _NUMBER.findall(words)]
            likely += [kind(number + step) for number in numbers for step in (0, 1, -1)]
    return list(dict.fromkeys(likely))


def _checks(column: Column[Any]) -> Iterator[str]:
    for check in column.table.constraints:
        if not isinstance(check, CheckConstraint):
            continue
        try:
            words = str(check.sqltext.compile(compile_kwargs={"literal_binds": True}))
        except CompileError:
            continue
        if re.search(rf"\b{re.escape(column.name)}\b", words):
            yield words


def _of_forms(package: str, column: Column[Any], kind: type) -> list[Any]:
    """Return the choices, or the least number, of the plugin's form fields of the same name."""
    likely: list[Any] = []
    for field in _asked(package, column.name):
        if kind is str and isinstance(field, fields.Commune):
            likely.append(COMMUNE)
        elif kind is str and not isinstance(field, upstream.List):
            likely += [value for value, _words in fields.choices_of(field)]
        elif kind in (int, float, Decimal):
            ranges = [rule for rule in field.validators if isinstance(rule, validate.Range)]
            likely += [kind(rule.min) for rule in ranges if rule.min is not None]
    return list(dict.fromkeys(likely))


def _asked(package: str, name: str) -> Iterator[upstream.Field[Any]]:
    for schema in _below(Schema):
        if f"{schema.__module__}.".startswith(f"{package}."):
            field = schema._declared_fields.get(name)  # noqa: SLF001 - an instance may need arguments
            if isinstance(field, upstream.Field):
                yield field


def _below(schema: type[Schema]) -> Iterator[type[Schema]]:
    for child in schema.__subclasses__():
        yield child
        yield from _below(child)
