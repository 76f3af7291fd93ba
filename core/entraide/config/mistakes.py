"""Mistakes in settings as sentences: the position, the key, what is wrong there and how to fix it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from entraide.config.key_positions import KeyPath, KeyPositions

MISSING = "Missing data for required field."
UNKNOWN = "Unknown field."
OUT_OF_RANGE = "Must be "
"""How marshmallow begins to say which values are possible."""

_SECRET_KEY = re.compile(r"password|secret|token|(^|_)key$")
_USER_OF_URL = re.compile(r"(?<=://)[^/\s]*@")
_MAX_SHOWN = 60

_FIXES: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Integer, "Write a whole number without quotes."),
    (fields.Number, "Write a number without quotes."),
    (fields.Boolean, "Write true or false without quotes."),
    (fields.List, 'Write a list, such as ["one", "two"].'),
    (fields.Nested, "Write a [table] with keys of its own."),
    (fields.Mapping, "Write a [table] with keys of its own."),
    (fields.String, 'Write a text between quotes: "text".'),
)


def explain(
    errors: Mapping[Any, Any],
    schema: Schema,
    values: Any,
    key_positions: KeyPositions,
    prefix: KeyPath = (),
) -> list[str]:
    """Return one sentence per message of a marshmallow error; `prefix` is the schema's table."""
    messages = sorted(
        _messages(errors, prefix, schema),
        key=lambda item: (key_positions.find(item[0]).line or 0, [str(part) for part in item[0]]),
    )
    return [
        mistake(key_positions, path, _sentence(path[len(prefix) :], message, schema, values))
        for path, message in messages
    ]


def mistake(key_positions: KeyPositions, path: KeyPath, sentence: str) -> str:
    """Return `instance.toml, line 12, [site] base_url: sentence`."""
    return f"{key_positions.find(path)}, {key_positions.label(path)}: {sentence}"


def show(value: Any, path: KeyPath = ()) -> str:
    """Return a value as it would stand in TOML, shortened; nothing of a secret."""
    if any(isinstance(part, str) and _SECRET_KEY.search(part) for part in path):
        return "the value"
    if isinstance(value, dict):
        return "a table"
    if _has_table(value):
        return "a list of tables"
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:
        return "this number"
    text = _USER_OF_URL.sub("***@", text)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def resembles(name: str, known: Iterable[str]) -> bool:
    """Return whether a name is probably a slip for a known one."""
    return bool(difflib.get_close_matches(name, list(known), 1))


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `Did you mean site?`, or the known names, or nothing when there are none."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known here: {', '.join(names)}." if names else "Remove it."


def _has_table(value: Any) -> bool:
    """Return whether a list has a table in it, whose keys may be secrets."""
    if isinstance(value, list):
        return any(map(_has_table, value))
    return isinstance(value, dict)


def _messages(
    errors: Any, path: KeyPath, owner: Schema | fields.Field[Any] | None, *, is_entry: bool = False
) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path and text of each message of marshmallow's nested error.

    `owner` is what the errors are about; `is_entry` when it is the value of a mapping, whose
    errors are told apart as those of its `key` and of its `value`.
    """
    if isinstance(errors, Mapping):
        for key, inner in errors.items():
            # Schema-wide messages and those on the keys of a mapping belong to the table itself.
            if key == "_schema" or (is_entry and key in ("key", "value")):
                yield from _messages(inner, path, owner)
            else:
                is_mapping = isinstance(owner, fields.Mapping)
                inside = _inside(owner, key)
                yield from _messages(inner, (*path, key), inside, is_entry=is_mapping)
    elif isinstance(errors, list):
        for inner in errors:
            yield from _messages(inner, path, owner)
    else:
        yield path, str(errors)


def _inside(owner: Schema | fields.Field[Any] | None, key: str | int) -> fields.Field[Any] | None:
    """Return the field of one key of a table, or of one value of a list or a mapping."""
    if isinstance(owner, fields.Nested):
        owner = owner.schema
    if isinstance(owner, Schema):
        known = owner.fields.items()
        return next((field for name, field in known if (field.data_key or name) == key), None)
    if isinstance(owner, fields.Mapping):
        return owner.value_field
    return owner.inner if isinstance(owner, fields.List) else None


def _sentence(path: KeyPath, message: str, schema: Schema, values: Any) -> str:
    siblings, field = _walk(path, schema)
    if message == UNKNOWN:
        return f"there is no such setting. {suggest(str(path[-1]), siblings)}"
    if message == MISSING:
        return f"is missing. {_fix(field, path, is_missing=True)}"
    shown = show(_value(path, values), path)
    if message.startswith("is "):
        return f"{shown} {message}"
    if message.startswith(OUT_OF_RANGE):
        # It is of the right type, and the message says which values are possible.
        return f"{shown}: {message} Write such a value."
    return f"{shown}: {message} {_fix(field, path)}"


def _walk(path: KeyPath, schema: Schema) -> tuple[list[str], fields.Field[Any] | None]:
    """Return the names known beside the last key of a path, and the field of that key."""
    owner: Schema | fields.Field[Any] | None = schema
    names: list[str] = []
    for part in path:
        if isinstance(part, str):
            names = _names(owner)
        owner = _inside(owner, part)
    return names, owner if isinstance(owner, fields.Field) else None


def _names(owner: Schema | fields.Field[Any] | None) -> list[str]:
    if isinstance(owner, fields.Nested):
        owner = owner.schema
    known = owner.fields.items() if isinstance(owner, Schema) else ()
    return [field.data_key or name for name, field in known]


def _value(path: KeyPath, values: Any) -> Any:
    for part in path:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return values
    return values


def _fix(field: fields.Field[Any] | None, path: KeyPath, *, is_missing: bool = False) -> str:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if field is not None and "example" in field.metadata:
        example = field.metadata["example"]
        return f"Write {example}." if isinstance(path[-1], int) else f"Write {key} = {example}."
    if is_missing:
        return f"Write {key} = … in this table."
    return next((fix for kind, fix in _FIXES if isinstance(field, kind)), "Correct the value.")
