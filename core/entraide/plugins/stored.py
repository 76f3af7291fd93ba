"""What a plugin has stored: written into one archive, taken away, put back, installed or not."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import orjson
import structlog
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, Table, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from entraide import audit, clock, runtime
from entraide.database import migrations, tables_of
from entraide.database.migrations import Distribution
from entraide.database.own_tables import VERSION_TABLE
from entraide.database.sessions import open_for_writing
from entraide.errors import BadInput
from entraide.plugins import loading
from entraide.plugins.choices import CHOSEN, choose
from entraide.plugins.tables import check_tables
from entraide.privacy.archive import Archive, open_archive

log = structlog.get_logger("entraide.plugins.stored")

FORMAT = "entraide-plugin/1"
UNREADABLE = (CommandError, SQLAlchemyError, AttributeError, KeyError, TypeError, ValueError)
"""What an archive raises that somebody has changed, or that another release has written."""
READ: dict[str, Callable[[str], Any]] = {
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "uuid": UUID,
}
"""How a value of the archive becomes one of its column again, by the stored name of its type."""


def stored_tables(session: Session, *known: str) -> dict[str, list[str]]:
    """Return plugin → its tables in this database, those that others refer to first.

    Plugins are those with a version table, and the `known` ones; the core's tables are nobody's.
    """
    connection = session.connection()
    existing = set(inspect(connection).get_table_names())
    core = {table.name for table in tables_of("entraide")}
    versions = {*known} | {
        name.removeprefix(VERSION_TABLE) for name in existing if VERSION_TABLE in name
    }
    plugins = sorted(versions - {"entraide"}, key=len, reverse=True)
    owned: dict[str, list[str]] = {plugin: [] for plugin in plugins}
    layout = MetaData()
    layout.reflect(connection)
    for table in layout.sorted_tables:
        # Of `toy` and `toy_box` the longer name owns `toy_box_item`.
        owner = next((name for name in plugins if table.name.startswith(f"{name}_")), None)
        if owner and table.name not in core:
            owned[owner].append(str(table.name))
    return owned


def orphans(session: Session) -> dict[str, list[str]]:
    """Return plugin → tables of those that are not installed any more."""
    known = {*loading.available(runtime.current().settings.folder)}
    return {name: names for name, names in stored_tables(session).items() if name not in known}


def export_plugin(session: Session, name: str, destination: Path) -> dict[str, int]:
    """Write the archive of a plugin's tables; return table → number of rows.

    Values are in clear, whatever the database encrypts; the file is its owner's alone. BadInput
    when it cannot be written.
    """
    archive = open_archive(session)
    names = stored_tables(session, name)[name]
    if unknown := [table for table in names if table not in archive.tables]:
        words = f"Nothing says what {unknown[0]} holds. Switch {name} on once, and serve the site."
        raise BadInput(words)
    rows = {table: _rows(archive, table) for table in names}
    manifest = {
        "format": FORMAT,
        "plugin": name,
        "version": _version(session, name),
        "site": runtime.current().settings.site.base_url,
        "created_at": clock.rfc3339(clock.now()),
        "tables": [
            {"name": table, "rows": len(rows[table]), "columns": _types(archive, table)}
            for table in names
        ],
    }
    files = {"manifest.json": manifest} | {f"tables/{table}.json": rows[table] for table in names}
    _write(files, destination)
    return {table: len(rows[table]) for table in names}


def uninstall(name: str, what: Distribution | None, destination: Path) -> dict[str, int]:
    """Switch a plugin off, archive its tables and take them away, all or nothing; return table → rows.

    Refused when others need it, DatabaseError when its tables are newer than its code, BadInput when
    the archive cannot be written: nothing has changed then. `what` is None for a plugin whose package is gone: its tables are dropped as they are, and so is
    what its migrations leave, as in a database that somebody has put back or repaired by hand. A run
    that is killed at any moment changes nothing, and the next one begins anew.
    """
    site = runtime.current()
    with open_for_writing() as session:
        connection = session.connection()
        if what is not None:
            migrations.require_known(connection, what)
        _switch_off(session, name)
        names = stored_tables(session, name)[name]
        _keep_others_out(connection, names)
        counts = export_plugin(session, name, destination)
        with _removed_on_failure(destination):
            if what is not None:
                _go_back(connection, what, site.database.column_key)
            _drop(connection, names)
            migrations.forget_version(connection, f"{VERSION_TABLE}{name}")
            audit.record(session, actor=None, action="plugins.uninstall", subject=name)
            session.commit()
    return counts


def _switch_off(session: Session, name: str) -> None:
    if name in CHOSEN.get().enabled:
        choose(session, name=name, is_enabled=False, actor=None)


@contextmanager
def _removed_on_failure(archive: Path) -> Iterator[None]:
    """Leave no archive of tables that stay: it holds in clear what the database encrypts."""
    try:
        yield
    except Exception:
        archive.unlink(missing_ok=True)
        raise


def _go_back(connection: Connection, what: Distribution, column_key: bytes) -> None:
    """Undo the migrations of a plugin; when the tables are not as they left them, nothing of it."""
    try:
        with connection.begin_nested():
            migrations.run_in(connection, what, "base", column_key)
    except DBAPIError as error:
        log.warning("not-downgraded", plugin=what.name, error=str(error.orig))


def _drop(connection: Connection, names: list[str]) -> None:
    """Drop those of the tables that are still there, those that refer to others first."""
    left = set(inspect(connection).get_table_names())
    for name in reversed([name for name in names if name in left]):
        Table(name, MetaData()).drop(connection)


def restore(source: Path, what_of: Mapping[str, Distribution]) -> str:
    """Put the rows of an archive back, into tables of the archive's version; return the plugin.

    The plugin may never have been on here, or be on: its tables are made anew when they are empty,
    and then brought to the version of the code. `what_of` are the distributions with tables, by
    plugin. BadInput when the file is no archive, its plugin is not installed or has rows already,
    or a row names what is gone; PluginError when the plugin cannot be loaded.
    """
    manifest, rows = _read(source)
    name = str(manifest["plugin"])
    what = what_of.get(name)
    if what is None:
        raise BadInput(f"{name} is not installed, or has no tables. Install it first.")
    _load_tables(name)
    try:
        _put_back(source, name, what, manifest, rows)
    except IntegrityError as error:
        words = f"A row of {source} names somebody or something that is gone: {error.orig}."
        raise BadInput(words) from error
    except UNREADABLE as error:
        words = f"{source} holds what {name} cannot take: {error}. Nothing was written."
        raise BadInput(words) from error
    return name


def _load_tables(name: str) -> None:
    """Load the tables of a plugin that was never on here: nothing else says what they hold."""
    site = runtime.current()
    if name not in site.registry.modules:
        package = loading.available(site.settings.folder)[name]
        check_tables(name, loading.import_plugin(name, package))


def _take_empty_away(session: Session, name: str, what: Distribution, column_key: bytes) -> None:
    """Take tables away that hold no row, as a plugin has them that was switched on; else BadInput."""
    connection = session.connection()
    names = stored_tables(session, name)[name]
    _keep_others_out(connection, names)
    for table in names:
        if connection.execute(
            select(text("1")).select_from(Table(table, MetaData())).limit(1)
        ).first():
            raise BadInput(
                f"{name} has rows here already, in {table}, and an archive goes into empty tables. "
                f"Write them into an archive of their own first: entraide plugins uninstall {name}"
            )
    _go_back(connection, what, column_key)
    _drop(connection, names)
    migrations.forget_version(connection, what.version_table)


def _put_back(
    source: Path,
    name: str,
    what: Distribution,
    manifest: Mapping[str, Any],
    rows: Mapping[str, list[dict[str, Any]]],
) -> None:
    with open_for_writing() as session:
        connection = session.connection()
        column_key = runtime.current().database.column_key
        is_here = bool(migrations.version_of(connection, what))
        if is_here:
            _take_empty_away(session, name, what, column_key)
        migrations.run_in(connection, what, manifest["version"], column_key)
        archive = open_archive(session)
        own = stored_tables(session).get(name, [])
        if strange := [item["name"] for item in manifest["tables"] if item["name"] not in own]:
            raise BadInput(f"{source}: {strange[0]} is no table of {name}.")
        if unknown := [table for table in own if table not in archive.tables]:
            raise BadInput(
                f"{source}: {unknown[0]} is a table of version {manifest['version']} of {name}, and "
                "not of the release that is installed. Install the one that wrote the archive."
            )
        for table in manifest["tables"]:
            _insert(connection, archive, table, rows[table["name"]])
        _refuse_strangers(connection, [str(table["name"]) for table in manifest["tables"]])
        if is_here:
            # It may be on: its code finds the tables that it had before.
            migrations.run_in(connection, what, "head", column_key)
        audit.record(session, actor=None, action="plugins.restore", subject=name)
        session.commit()


def _version(session: Session, name: str) -> str:
    what = Distribution(name, Path())
    return migrations.version_of(session.connection(), what)


def _keep_others_out(connection: Connection, names: Iterable[str]) -> None:
    """Let nobody write between the archive and the end; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.execute(text(f'LOCK TABLE "{name}" IN ACCESS EXCLUSIVE MODE'))


def _types(archive: Archive, table: str) -> dict[str, str]:
    described = archive.described[table]["columns"]
    return {str(column.name): described[column.name]["type"] for column in archive.tables[table].c}


def _rows(archive: Archive, table: str) -> list[dict[str, Any]]:
    rows = archive.session.execute(select(archive.tables[table]))
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows.mappings()]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"hex": bytes(value).hex()}
    return value.isoformat() if isinstance(value, date) else value


def _insert(
    connection: Connection, archive: Archive, about: Mapping[str, Any], rows: list[dict[str, Any]]
) -> None:
    table = archive.tables[about["name"]]
    values = [
        {name: _value(value, about["columns"][name]) for name, value in row.items()} for row in rows
    ]
    if connection.dialect.name == "sqlite":
        # A row may refer to one of its own table that follows; the commit looks at all of them.
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    if values:
        connection.execute(table.insert(), values)
    if connection.dialect.name == "postgresql":
        _advance(connection, about["name"])


def _refuse_strangers(connection: Connection, names: Iterable[str]) -> None:
    """Raise IntegrityError for a row that refers to none; a COMMIT that fails would stay open."""
    if connection.dialect.name == "sqlite":
        for name in names:
            if row := connection.exec_driver_sql(f"PRAGMA foreign_key_check({name})").first():
                raise IntegrityError(str(row), None, ValueError(f"{row[0]} refers to {row[2]}"))


def _value(value: Any, kind: str) -> Any:
    if kind != "json" and isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return READ[kind](value) if value is not None and kind in READ else value


def _advance(connection: Connection, table: str) -> None:
    """Let numbers that PostgreSQL gives go on after those that were put back."""
    for column in inspect(connection).get_columns(table):
        if "nextval" in str(column.get("default") or "") or column.get("identity"):
            name = column["name"]
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{name}'), "  # noqa: S608 - names of our schema
                    f'(SELECT coalesce(max("{name}"), 0) + 1 FROM "{table}"), false)'
                )
            )


def _write(files: Mapping[str, Any], destination: Path) -> None:
    """Write the ZIP beside its place first and rename it: nobody ever meets half an archive."""
    part = ""
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=destination.parent, suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
                for file, content in files.items():
                    archive.writestr(file, orjson.dumps(content, default=str))
            stream.flush()
            os.fsync(stream.fileno())
        Path(part).replace(destination)
    except OSError as error:
        words = f"{destination} cannot be written: {error.strerror}. Give another --archive."
        raise BadInput(words) from error
    finally:
        if part:
            Path(part).unlink(missing_ok=True)


def _read(source: Path) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    try:
        with ZipFile(source) as archive:
            manifest = orjson.loads(archive.read("manifest.json"))
            if manifest.get("format") != FORMAT:
                raise BadInput(f"{source} is no archive of a plugin ({FORMAT}).")
            names = [table["name"] for table in manifest["tables"]]
            return manifest, {
                name: orjson.loads(archive.read(f"tables/{name}.json")) for name in names
            }
    except (OSError, BadZipFile, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{source} cannot be read as an archive of a plugin: {error}.") from error
