"""What a person may read of a row about them: others become their role, sealed notes a notice."""

from __future__ import annotations

import re
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
    `{"role": ...}`. Personal columns belong to the row's owner, its first subject column: to
    anybody else they are `{"withheld": role of the owner}`. The fields of a kind were written by
    the owner, whatever their marks: they are given.
    """
    columns, owner = archive.described[table]["columns"], archive.described[table]["owner"]
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
        return SEALED if mark["audience"] == "sealed" else value

    return {name: readable(name, value) for name, value in row.items()}
