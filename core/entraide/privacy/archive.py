"""The tables of a site as the stored classification describes them, models loaded or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from entraide.privacy import snapshot
from entraide.privacy.tables import rebuild


@dataclass(frozen=True)
class Archive:
    """A session, what is known of its tables and kinds, and the tables that it still has."""

    session: Session
    described: Mapping[str, Any]
    kinds: Mapping[str, Any]
    tables: Mapping[str, Table]

    def named(self, table: str, kind: str) -> list[str]:
        """Return the columns of `table` marked `neutral`, `subject` or `personal`."""
        return self._columns(table, "kind", kind)

    def of_type(self, table: str, kind: str) -> list[str]:
        """Return the columns of `table` with one of the stored types: `text`, `encrypted`."""
        return self._columns(table, "type", kind)

    def contacts(self, table: str) -> list[str]:
        """Return the columns of `table` that hold addresses or phone numbers."""
        return self._columns(table, "category", "contact")

    def references(self, table: str) -> Iterator[tuple[str, str, str]]:
        """Yield the foreign keys of `table` into existing tables: column, table, its column."""
        for name in self.tables[table].c.keys():  # noqa: SIM118 - columns iterate as columns
            parent, _, key = self.described[table]["columns"][name]["references"].rpartition(".")
            if parent in self.tables and key in self.tables[parent].c:
                yield name, parent, key

    def people(self) -> Iterator[str]:
        """Yield the tables whose rows are persons: their owner column refers to nothing else."""
        for table in self.tables:
            owner = self.described[table]["owner"]
            about = self.described[table]["columns"].get(owner)
            if about and owner in self.tables[table].c and not about["references"]:
                yield table

    def _columns(self, table: str, member: str, value: str) -> list[str]:
        columns = self.described[table]["columns"]
        names = self.tables[table].c.keys()
        return [name for name in names if columns[name].get(member) == value]


def open_archive(session: Session) -> Archive:
    """Return the archive of the running site: what was ever stored and what is loaded now."""
    known = snapshot.merge(snapshot.latest(session), snapshot.describe())
    tables = rebuild(session, known["tables"])
    return Archive(session, known["tables"], known["kinds"], tables)
