"""The tables of a plugin: checked when it is enabled, forgotten when it cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from sqlalchemy import Table
from sqlalchemy.exc import SQLAlchemyError

from entraide import database
from entraide.errors import CONTAINED, PluginError
from entraide.plugins import check
from entraide.plugins.errors import class_place, in_words, model_place
from entraide.plugins.loading import BUILT_IN, forget_package
from entraide.privacy import terms


def check_tables(name: str, module: ModuleType) -> None:
    """Check the models of a plugin; PluginError, or what its models raise, when they are wrong.

    Each is made from `Model`, each column is classified, each table carries the plugin's name,
    each relationship resolves.
    """
    _refuse_name(name, module)
    models = _models_of(module)
    if models is None:
        return
    if module.__name__ in BUILT_IN:
        import_module(models)
        return
    with _forgotten_on_failure(module):
        _check_bases(name, import_module(models))
        _check_models(name, module.__name__)


def _refuse_name(name: str, module: ModuleType) -> None:
    """Refuse a package whose tables would be called like some of the core's: they would be its own."""
    if module.__name__ in BUILT_IN or not hasattr(module, "__path__"):
        return
    core = sorted(str(table.name) for table in database.tables_of("entraide"))
    if taken := [table for table in core if table.startswith(f"{name}_")]:
        raise PluginError(
            f"Plugin {name}: the core has a table {taken[0]}, and tables of a plugin are called "
            f"{name}_... Give the plugin another name."
        )


def load_models(name: str, package: str) -> None:
    """Import the models of a plugin that is on no site, and check them as `check_tables` does."""
    check_tables(name, import_module(package))


def _models_of(module: ModuleType) -> str | None:
    """Return the module of a plugin's tables: `models`, or `store.models` where it has rooms."""
    if not hasattr(module, "__path__"):
        return None
    is_in_store = find_spec(f"{module.__name__}.store") is not None
    models = f"{module.__name__}.store.models" if is_in_store else f"{module.__name__}.models"
    return models if find_spec(models) is not None else None


def _check_bases(name: str, models: ModuleType) -> None:
    # What has another base stands in no registry of ours: nobody would check or export it.
    for value in vars(models).values():
        if hasattr(value, "__mapper__") and not issubclass(value, database.Model):
            raise PluginError(
                f"Plugin {name}: {in_words(*class_place(value))}: {value.__module__}."
                f"{value.__name__} is made from another base. Write: from entraide import Model."
            )


def _check_models(name: str, package: str) -> None:
    _check_relationships(name, package)
    if missing := [
        _placed(name, package, table, sentence)
        for table in database.tables_of(package)
        for sentence in _mistakes_in(name, table)
    ]:
        raise PluginError(" ".join(missing))


def _mistakes_in(name: str, table: Table) -> list[str]:
    missing = check.unclassified(tables=[table], plugin=name)
    missing += check.uncovered(tables=[table], plugin=name)
    missing += check.native_choices(tables=[table], plugin=name)
    missing += terms.unkept(tables=[table], plugin=name)
    if not table.name.startswith(f"{name}_"):
        missing.append(
            f"Plugin {name}: the table {table.name} must be called {name}_{table.name}, so that "
            "two plugins never share one."
        )
    return missing


def _placed(name: str, package: str, table: Table, sentence: str) -> str:
    """Return a sentence about a table with the file and line of its class, or of the column."""
    column = re.search(rf"\b{re.escape(table.name)}\.(\w+)", sentence)
    place = in_words(*model_place(package, table, column[1] if column else "__tablename__"))
    start = f"Plugin {name}: "
    return f"{start}{place}: {sentence.removeprefix(start)}"


def _check_relationships(name: str, package: str) -> None:
    registry = database.registry_of(package)
    try:
        registry.configure(cascade=True)
    except SQLAlchemyError as error:
        # No line of the plugin raises it: the words of SQLAlchemy name the class.
        named = [m.class_ for m in registry.mappers if m.class_.__name__ in str(error)]
        place = in_words(*class_place(named[0])) if named else package
        raise PluginError(
            f"Plugin {name}: {place}: {error} Correct the file and start again."
        ) from error


@contextmanager
def _forgotten_on_failure(module: ModuleType) -> Iterator[None]:
    before = set(database.metadata.tables)
    try:
        yield
    except CONTAINED:
        forget_package(module.__name__)
        # Those without a class.
        for name in set(database.metadata.tables) - before:
            database.metadata.remove(database.metadata.tables[name])
        raise
