"""The right of access: everything about one person in one ZIP, for programs and for reading."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.errors import BadInput, NotFound
from entraide.privacy.archive import Archive, open_archive
from entraide.privacy.ownership import (
    Person,
    Row,
    find_person,
    is_about_people,
    is_reachable,
    rows_about,
)
from entraide.privacy.page import render
from entraide.privacy.redaction import redact
from entraide.privacy.terms import terms_of
from entraide.readers import reader_of

FORMAT = "entraide-export/1"
_HIDDEN = ("type", "references", "audience", "retention", "on_erase")
"""Neither how a column is stored, nor who may read its marks: pages decide that. A term is only
said where the job keeps it, and nothing of erasure, which no job does yet."""


def export_member(session: Session, member_id: UUID, destination: Path) -> Path:
    """Write the ZIP of everything about a member and return its path.

    It holds `manifest.json` (purposes and categories of every column and field, terms that are
    kept, readers of the fields of kinds), `data/<table>.json` and `index.html` for reading. The file appears when it is
    complete, readable by its owner only. Raises NotFound for an unknown member, BadInput when
    the file cannot be written, DatabaseError when a value cannot be decrypted.
    """
    archive = open_archive(session)
    person = find_person(archive, member_id)
    if person is None:
        raise NotFound(f"There is no member {member_id}.")
    tables = _collect(archive, person)
    manifest = _describe(archive, person, tables)
    files = {
        "manifest.json": _as_json(manifest),
        "index.html": render(manifest, tables).encode(),
        **{manifest["tables"][name]["file"]: _as_json(rows) for name, rows in tables.items()},
    }
    return _write(files, destination)


def _collect(archive: Archive, person: Person) -> dict[str, list[Row]]:
    tables = {}
    for table in archive.tables:
        if is_about_people(archive, table):
            rows = rows_about(archive, table, person)
            redacted = [redact(archive, table, row, person.identifier) for row in rows]
            if redacted:
                tables[table] = redacted
    return tables


def _describe(archive: Archive, person: Person, tables: Mapping[str, list[Row]]) -> dict[str, Any]:
    site = runtime.current().settings.site
    names = [name for name in archive.tables if is_about_people(archive, name)]
    return {
        "format": FORMAT,
        "site": {"name": site.name, "base_url": site.base_url, "email": site.email},
        "member": str(person.identifier),
        "created_at": clock.rfc3339(clock.now()),
        "tables": {name: _describe_table(archive, name, rows) for name, rows in tables.items()},
        "kinds": _kinds(archive, tables),
        "not_searchable": [name for name in names if not is_reachable(archive, name)],
    }


def _describe_table(archive: Archive, name: str, rows: list[Row]) -> dict[str, Any]:
    marks = archive.described[name]["columns"]
    kept = {term.column.name for term in terms_of() if term.table.name == name}
    columns = {
        column: _without(marks[column], _HIDDEN)
        | ({"retention": marks[column]["retention"]} if column in kept else {})
        for column in rows[0]
    }
    return {"file": f"data/{name}.json", "rows": len(rows), "columns": columns}


def _kinds(archive: Archive, tables: Mapping[str, list[Row]]) -> dict[str, Any]:
    """Return the classification of the kinds that occur in the rows."""
    names = {row.get("kind") for rows in tables.values() for row in rows}
    return {
        name: {
            **about,
            "fields": {
                field: _without(mark, _HIDDEN) | {"readers": _readers(mark)}
                for field, mark in about["fields"].items()
            },
        }
        for name, about in archive.kinds.items()
        if name in names
    }


def _readers(mark: Mapping[str, str]) -> dict[str, str]:
    """Return who reads a field beside its author, on either side; no entry where nobody does."""
    readers = {side: reader_of(side, mark.get("audience", "")) for side in ("offer", "request")}
    return {side: str(reader) for side, reader in readers.items() if reader}


def _without(mark: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in mark.items() if name not in names}


def _as_json(value: Any) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(value, default=_as_text, option=options)


def _as_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _write(files: Mapping[str, bytes], destination: Path) -> Path:
    """Write the ZIP beside its place first, so that nobody ever meets half a file."""
    try:
        # mkstemp makes the file readable by its owner only.
        handle, name = tempfile.mkstemp(dir=destination.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as stream, ZipFile(stream, "w", ZIP_DEFLATED) as archive:
                for file, content in files.items():
                    archive.writestr(file, content)
            return Path(name).replace(destination)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(
            f"{destination} cannot be written: {error.strerror}. Give another --output."
        ) from error
