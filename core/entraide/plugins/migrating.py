"""The tables of a plugin in the database: brought up to date, and compared with its models."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from sqlalchemy import inspect as inspect_database
from sqlalchemy.exc import DBAPIError

from entraide import database as databases
from entraide.database import Database, migrations
from entraide.database.own_tables import ForeignTable
from entraide.errors import CONTAINED, Busy, DatabaseError, PluginError
from entraide.plugins.errors import model_place, place_of
from entraide.plugins.loading import BUILT_IN


def distribution_of(name: str, module: ModuleType) -> migrations.Distribution | None:
    """Return the migrations of a plugin; None for a part of the core or one without migrations."""
    if module.__name__ in BUILT_IN or not hasattr(module, "__path__"):
        return None
    return migrations.distribution(module.__name__, name)


def upgrade(database: Database, name: str, module: ModuleType) -> bool:
    """Run the migrations of one plugin and compare; return whether there was anything to do.

    PluginError names the plugin, file and line, cause and remedy; nothing of the migration that
    failed is kept. A database that is busy or full is no plugin's mistake: Busy, StorageFull.
    """
    what = distribution_of(name, module)
    try:
        has_changed = what is not None and migrations.upgrade(database, what)
    except Busy:
        raise
    except CONTAINED as error:
        raise PluginError(_words(name, what.folder if what else Path(), error)) from error
    compare(database, name, module)
    return has_changed


def check(database: Database, name: str, module: ModuleType) -> None:
    """Raise PluginError unless the tables of a plugin are those of its migrations and models."""
    what = distribution_of(name, module)
    if what is not None:
        try:
            migrations.check(database, what)
        except CONTAINED as error:
            if isinstance(error, DBAPIError | Busy):
                raise
            raise PluginError(_words(name, what.folder, error)) from error
    compare(database, name, module)


def compare(database: Database, name: str, module: ModuleType) -> None:
    """Raise PluginError for a table or column of the models that no migration has made."""
    tables = databases.tables_of(module.__name__) if module.__name__ not in BUILT_IN else []
    if not tables:
        return
    with database.reader.connect() as connection:
        inspector = inspect_database(connection)
        made = set(inspector.get_table_names())
        for table in tables:
            columns = (
                {column["name"] for column in inspector.get_columns(table.name)}
                if (table.name in made)
                else set()
            )
            absent = [column.name for column in table.columns if column.name not in columns]
            if absent:
                what = (
                    f"the column {table.name}.{absent[0]}" if columns else f"the table {table.name}"
                )
                file, line = model_place(module.__name__, table)
                raise PluginError(
                    f"Plugin {name}: {file}, line {line}: {what} is in no "
                    "migration. Write one that makes it (entraide plugin migration, see the guide), "
                    "then run: entraide migrate"
                )


def _words(name: str, folder: Path, error: BaseException) -> str:
    if isinstance(error, DatabaseError) and not isinstance(error, ForeignTable):
        return f"Plugin {name}: {error}"
    place = place_of(str(folder), error)
    if isinstance(error, ForeignTable):
        place, cause = error.file or place, str(error)
    else:
        cause = f"{type(error).__name__}: {_cause(error)}"
    return (
        f"Plugin {name}: {place}: {cause}. Nothing of this migration was kept. Correct the file, "
        "or install a release of the plugin that does, and run: entraide migrate"
    )


def _cause(error: BaseException) -> str:
    if isinstance(error, DBAPIError):
        return str(error.orig).strip()
    return str(error.msg if isinstance(error, SyntaxError) else error)
