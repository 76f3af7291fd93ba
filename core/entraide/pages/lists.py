"""Lists of a plugin's rows: filtered by a schema, turned page by page from a position, not a number."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request
from marshmallow import Schema
from sqlalchemy import Select, and_, inspect, literal, or_
from sqlalchemy.orm import InstrumentedAttribute, Mapper
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression
from sqlalchemy.sql.operators import desc_op

from entraide import text
from entraide.database import Encrypted
from entraide.errors import BadInput, BadText
from entraide.i18n import catalogue
from entraide.web import forms
from entraide.web.forms import Form
from entraide.web.transactions import session

_ = catalogue("entraide")

AFTER, BEFORE = "after", "before"
PAGE, MOST = 20, 200


def _moment(words: str) -> datetime:
    moment = datetime.fromisoformat(words)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


READERS: Mapping[type, Callable[[Any], Any]] = {
    datetime: _moment,
    date: date.fromisoformat,
    UUID: UUID,
}
"""How a value of a position is read back from its text; others are JSON values themselves."""
PLAIN = (str, bool, int)


@dataclass(frozen=True)
class RowList:
    """One page of a list: its rows, the filled-in form of its filters, the pages beside it.

    `form` is None without a schema; when it is not valid there are no rows, and the page is shown
    with `status` 422. An address beside it is empty where the list ends.
    """

    rows: Sequence[Any]
    form: Form | None
    previous_url: str = ""
    next_url: str = ""

    @property
    def status(self) -> int:
        """Return the status of the page: 200, or 422 when a filter is wrong."""
        return 200 if self.form is None or self.form.is_valid else 422


@dataclass(frozen=True)
class _Column:
    """A column by which a list is ordered."""

    attribute: InstrumentedAttribute[Any]
    is_descending: bool

    @property
    def type(self) -> type:
        """Return the Python type of its values."""
        kept: Any = self.attribute.type
        known: type = getattr(kept, "impl_instance", kept).python_type
        return known

    def ordered(self, *, is_backward: bool) -> ColumnElement[Any]:
        """Return the column in its direction, or against it."""
        is_descending = self.is_descending != is_backward
        return self.attribute.desc() if is_descending else self.attribute.asc()


def read_list(
    rows: Select[Any],
    *,
    order: Sequence[Any],
    filters: Schema | None = None,
    narrow: Callable[[Select[Any], Mapping[str, Any]], Select[Any]] | None = None,
    size: int = PAGE,
) -> RowList:
    """Return the page of a list that this request asks for, 1 to 200 rows of one class.

    `order` names columns of that class (`Toy.added_at.desc()`); its primary key decides among
    equals, so that the order is always the same one. Each page starts where the one before it
    ended (`after`, `before` of the address), which costs as much for the last as for the first:
    an index on the columns of `order` is enough. `filters` is the schema of what the address may
    ask for, all of it optional, and `narrow(rows, values)` adds what was asked for to the query.

    BadInput for a position that is not of this list. ValueError for a column that cannot order
    (it may be empty, or is encrypted), and for a size outside its range.
    """
    if not 1 <= size <= MOST:
        raise ValueError(f"size={size} is not between 1 and {MOST}")
    columns = _columns(rows, order)
    form = _form_of(filters) if filters else None
    if form is not None and not form.is_valid:
        return RowList([], form)
    asked = narrow(rows, form.values) if form is not None and narrow else rows
    return _page(asked, columns, form, size)


def _form_of(filters: Schema) -> Form:
    form = forms.read(filters, request.args)
    for field in form.fields:
        field.is_filter, field.unset = True, field.unset or _("All")
    return form


def _page(rows: Select[Any], columns: list[_Column], form: Form | None, size: int) -> RowList:
    is_backward = BEFORE in request.args
    cursor = request.args.get(BEFORE if is_backward else AFTER)
    if cursor is not None:
        rows = rows.where(_beyond(columns, _read(columns, cursor), is_backward=is_backward))
    directions = [column.ordered(is_backward=is_backward) for column in columns]
    found = list(session().scalars(rows.order_by(None).order_by(*directions).limit(size + 1)))
    shown = found[:size]
    has_more = len(found) > size
    if is_backward:
        shown.reverse()
    has_previous = has_more if is_backward else cursor is not None
    has_next = True if is_backward else has_more
    return RowList(
        shown,
        form,
        _url(BEFORE, columns, shown[0]) if shown and has_previous else "",
        _url(AFTER, columns, shown[-1]) if shown and has_next else "",
    )


def _columns(rows: Select[Any], order: Sequence[Any]) -> list[_Column]:
    mapper: Mapper[Any] = inspect(rows.column_descriptions[0]["entity"])
    columns = [_column(mapper, part) for part in order]
    named = {column.attribute.key for column in columns}
    keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    columns += [
        _Column(getattr(mapper.class_, key), is_descending=False)
        for key in keys
        if key not in named
    ]
    for column in columns:
        _check(column, mapper)
    return columns


def _column(mapper: Mapper[Any], part: Any) -> _Column:
    is_turned = isinstance(part, UnaryExpression)
    named = part.element if is_turned else part
    table: Any = mapper.local_table
    # `.desc()` gives the column of the table; the attribute of the class reads it from a row.
    if getattr(getattr(named, "table", None), "name", "") != table.name:
        raise ValueError(f"order: {named} is not a column of {mapper.class_.__name__}")
    key = mapper.get_property_by_column(table.columns[named.name]).key
    return _Column(getattr(mapper.class_, key), is_turned and part.modifier is desc_op)


def _check(column: _Column, mapper: Mapper[Any]) -> None:
    known = mapper.columns[column.attribute.key]
    is_encrypted = isinstance(known.type, Encrypted)
    if is_encrypted:
        raise ValueError(f"order: {column.attribute} is encrypted: the database cannot order it")
    if known.nullable:
        raise ValueError(f"order: {column.attribute} may be empty, and nothing follows what is not")
    if column.type not in (*READERS, *PLAIN):
        raise ValueError(f"order: {column.attribute} is no text, number, day, moment or UUID")


def _beyond(columns: list[_Column], values: list[Any], *, is_backward: bool) -> ColumnElement[bool]:
    """Return the condition of the rows after a position: the first column that differs decides.

    The first comparison alone lets an index start there.
    """
    pairs = [
        (column, literal(value, column.attribute.type))
        for column, value in zip(columns, values, strict=True)
    ]
    steps = [
        and_(
            *(column.attribute == value for column, value in pairs[:position]),
            _follows(*pairs[position], is_backward=is_backward),
        )
        for position in range(len(pairs))
    ]
    first, value = pairs[0]
    is_descending = first.is_descending != is_backward
    start = first.attribute <= value if is_descending else first.attribute >= value
    return and_(start, or_(*steps))


def _follows(column: _Column, value: Any, *, is_backward: bool) -> ColumnElement[bool]:
    is_descending = column.is_descending != is_backward
    follows: ColumnElement[bool] = (
        column.attribute < value if is_descending else column.attribute > value
    )
    return follows


def _url(side: str, columns: list[_Column], row: Any) -> str:
    values = [getattr(row, column.attribute.key) for column in columns]
    parts = [value if isinstance(value, PLAIN) else _written(value) for value in values]
    cursor = base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode()
    kept = [
        (key, value)
        for key, value in request.args.items(multi=True)
        if key not in (AFTER, BEFORE) and value
    ]
    return f"{request.path}?{urlencode([*kept, (side, cursor)])}"


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(columns: list[_Column], cursor: str) -> list[Any]:
    try:
        parts = text.decode(base64.b64decode(cursor, b"-_", validate=True), max_bytes=2000)
        if isinstance(parts, list) and len(parts) == len(columns):
            return [_value(column, part) for column, part in zip(columns, parts, strict=True)]
    except (BadText, binascii.Error, ValueError, OverflowError):
        pass
    raise BadInput(_("This address names no place in the list. Start again at its first page."))


def _value(column: _Column, part: Any) -> Any:
    reader = READERS.get(column.type)
    if type(part) is not (str if reader else column.type):
        raise ValueError(f"not a {column.type.__name__}")
    return reader(part) if reader else part
