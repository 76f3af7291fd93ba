"""What a person may read of a row about them: others become their role, sealed notes a notice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from entraide.privacy.archive import Archive
from entraide.privacy.ownership import Row

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Notice(dict[str, str]):
    """Stands for a value that is not given: `sealed`, `withheld` or somebody's `role`."""


SEALED = Notice(sealed="ask your association")
"""Stands for a value that only a referent may open."""


def redact(archive: Archive, table: str, row: Row, identifier: UUID) -> Row:
    """Return a row as its subject may read it.

    Other people named in it, by a subject column or a personal one with a role, become
    `{"role": ...}`. Personal columns belong to the row's owner,
    its first subject column: to anybody else they are `{"withheld": role of the owner}`.
    """
    columns, owner = archive.described[table]["columns"], archive.described[table]["owner"]
    fields = _fields(archive, row)
    is_own = owner not in columns or row.get(owner) == identifier

    def readable(name: str, value: Any) -> Any:
        mark = columns[name]
        if value is None or mark["kind"] == "neutral":
            return value
        if mark["kind"] == "subject":
            return value if value == identifier else Notice(role=mark["role"])
        if mark.get("role") and value != str(identifier) and _KEY.fullmatch(str(value)):
            return Notice(role=mark["role"])
        if not is_own:
            return Notice(withheld=columns[owner]["role"])
        return _open(value, mark["audience"], fields)

    return {name: readable(name, value) for name, value in row.items()}


def _fields(archive: Archive, row: Row) -> Mapping[str, Any] | None:
    """Return the marks of the row's payload fields; None when the row is of no kind."""
    if "kind" not in row:
        return None
    known = archive.kinds.get(str(row["kind"]), {"fields": {}})
    return dict(known["fields"])


def _open(value: Any, audience: str, fields: Mapping[str, Any] | None) -> Any:
    if audience == "sealed":
        return SEALED
    if fields is None or not isinstance(value, dict):
        return value
    # A field that was never classified may be a sealed one: it stays closed.
    return {
        name: inner if fields.get(name, {}).get("audience", "sealed") != "sealed" else SEALED
        for name, inner in value.items()
    }
