"""Whose rows: which rows of any classified table are about one person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, func, or_, select

from entraide.database import blind_index
from entraide.privacy.archive import Archive

Row = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Someone with an account: their key, and everything by which a row may name them.

    `names` holds the key, the addresses of the account and their blind indexes as text, compared
    without case.
    """

    identifier: UUID
    names: frozenset[str]


def find_identifier(archive: Archive, contact: str) -> UUID | None:
    """Return whom an address belongs to; None when nobody has it.

    Addresses are encrypted: each one is read, which a command may do and a page may not.
    """
    for identifier, contacts in _accounts(archive):
        if _plain(contact) in contacts:
            return identifier
    return None


def find_person(archive: Archive, identifier: UUID) -> Person | None:
    """Return the person with this key; None when there is no such account."""
    for owner, contacts in _accounts(archive, identifier):
        # Of an address that had no account yet the journal knows the blind index.
        return Person(
            owner, contacts | {blind_index(contact) for contact in contacts} | {str(owner)}
        )
    return None


def is_about_people(archive: Archive, table: str) -> bool:
    """Return whether a table holds anything about anybody."""
    return bool(archive.named(table, "subject") or archive.named(table, "personal"))


def is_reachable(archive: Archive, table: str) -> bool:
    """Return whether the rows of a person can be found in a table."""
    return _owned(archive, table, None) is not None or bool(_naming(archive, table))


def rows_about(archive: Archive, table: str, person: Person) -> Iterator[Row]:
    """Yield the rows of a table that are about a person.

    Those are the rows in which a subject column names the person. A table without such a column
    follows its foreign keys to a row that is about one person alone; failing that, a row is
    about whom its own personal columns name by key or address (a mail that waits, a log entry).
    """
    owned = _owned(archive, table, person.identifier)
    naming = [] if owned is not None else _naming(archive, table)
    if owned is None and not naming:
        return
    condition = owned if owned is not None else _may_name(archive, table, naming, person)
    statement = select(archive.tables[table]).where(condition)
    for record in archive.session.execute(statement).mappings():
        row = dict(record)
        if owned is not None or any(_plain(row[name]) in person.names for name in naming):
            yield row


def _accounts(
    archive: Archive, identifier: UUID | None = None
) -> Iterator[tuple[UUID, frozenset[str]]]:
    for name in archive.people():
        table, owner = archive.tables[name], archive.described[name]["owner"]
        contacts = archive.contacts(name)
        statement = select(table.c[owner], *(table.c[contact] for contact in contacts))
        if identifier is not None:
            statement = statement.where(table.c[owner] == identifier)
        for key, *values in archive.session.execute(statement):
            yield key, frozenset(_plain(value) for value in values if value is not None)


def _owned(
    archive: Archive, table: str, identifier: UUID | None, seen: tuple[str, ...] = ()
) -> ColumnElement[bool] | None:
    """Return the condition of a table's rows through subjects or foreign keys; None without."""
    columns = archive.tables[table].c
    subjects = archive.named(table, "subject")
    if subjects:
        return or_(*(columns[name] == identifier for name in subjects))
    ways = []
    for name, parent, key in archive.references(table):
        if parent in seen or len(archive.named(parent, "subject")) > 1:
            continue  # A row that several people share says nothing about whose its details are.
        inner = _owned(archive, parent, identifier, (*seen, table))
        if inner is not None:
            ways.append(columns[name].in_(select(archive.tables[parent].c[key]).where(inner)))
    return or_(*ways) if ways else None


def _naming(archive: Archive, table: str) -> list[str]:
    """Return the personal columns of a table that may name a person: texts and addresses."""
    contacts = archive.contacts(table)
    texts = archive.of_type(table, "text")
    return [name for name in archive.named(table, "personal") if name in (*texts, *contacts)]


def _may_name(
    archive: Archive, table: str, naming: list[str], person: Person
) -> ColumnElement[bool]:
    columns: list[Column[Any]] = [archive.tables[table].c[name] for name in naming]
    encrypted = archive.of_type(table, "encrypted")
    return or_(
        *(
            column.is_not(None)
            if column.name in encrypted
            else func.lower(func.trim(column)).in_(person.names)
            for column in columns
        )
    )


def _plain(value: object) -> str:
    return str(value).strip().casefold()
