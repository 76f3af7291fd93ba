"""The tables of a plugin: checked when it is enabled, forgotten when it cannot be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from sqlalchemy import Table

from entraide import database
from entraide.errors import PluginError
from entraide.plugins import check
from entraide.plugins.loading import BUILT_IN
from entraide.privacy import terms


def check_tables(name: str, module: ModuleType) -> None:
    """Check the models of a plugin; PluginError, or what its models raise, when they are wrong.

    Each column is classified, each table carries the plugin's name, each relationship resolves.
    """
    models = _models_of(module)
    if models is None:
        return
    if module.__name__ in BUILT_IN:
        import_module(models)
        return
    with _forgotten_on_failure(module):
        model = getattr(import_module(models), "Model", None)
        if model is not None:
            _check_model(name, model)


def _models_of(module: ModuleType) -> str | None:
    """Return the module of a plugin's tables: `models`, or `store.models` where it has rooms."""
    if not hasattr(module, "__path__"):
        return None
    is_in_store = find_spec(f"{module.__name__}.store") is not None
    models = f"{module.__name__}.store.models" if is_in_store else f"{module.__name__}.models"
    return models if find_spec(models) is not None else None


def _check_model(name: str, model: Any) -> None:
    model.registry.configure(cascade=True)
    tables = _tables(model)
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
    # With its tables left behind, a broken plugin would fail the core's own classes and export.
    before = set(database.metadata.tables)
    try:
        yield
    except Exception:
        _forget(module, set(database.metadata.tables) - before)
        raise


def _forget(module: ModuleType, table_names: set[str]) -> None:
    models = sys.modules.get(_models_of(module) or "")
    model = getattr(models, "Model", None)
    added = {database.metadata.tables[name] for name in table_names}
    for table in added.union(_tables(model) if model else ()):
        database.metadata.remove(table)
    if model is not None:
        model.registry.dispose()
    for name in list(sys.modules):
        if f"{name}.".startswith(f"{module.__name__}."):
            del sys.modules[name]


def _tables(model: Any) -> list[Table]:
    mapped = [mapper.local_table for mapper in model.registry.mappers]
    return [table for table in mapped if isinstance(table, Table)]
