"""The tables of a plugin: checked when it is enabled, forgotten when it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from entraide import database
from entraide.errors import CONTAINED, PluginError
from entraide.plugins import check
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
                f"Plugin {name}: {value.__module__}.{value.__name__} is made from another base. "
                "Write: from entraide import Model."
            )


def _check_models(name: str, package: str) -> None:
    database.registry_of(package).configure(cascade=True)
    tables = database.tables_of(package)
    missing = check.unclassified(tables=tables, plugin=name)
    missing += check.uncovered(tables=tables, plugin=name)
    missing += terms.unkept(tables=tables, plugin=name)
    missing += [
        f"Plugin {name}: the table {table.name} must be called {name}_{table.name}, so that two "
        "plugins never share one."
        for table in tables
        if not table.name.startswith(f"{name}_")
    ]
    if missing:
        raise PluginError(" ".join(missing))


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
