"""The modules that the reference pages are read from: features, federation, plugins, errors."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType

from entraide.plugins.loading import BUILT_IN, GROUP

# Only errors of running sites are listed: these modules need test tools or start a network.
_LEFT_OUT = (".testing", ".migrations", ".data", ".__main__")


def plugins() -> dict[str, ModuleType]:
    """Return the built-in features, the federation and every installed plugin by name."""
    names = {module.rpartition(".")[2]: module for module in BUILT_IN}
    installed = {point.name: point.value for point in entry_points(group=GROUP)}
    names |= dict(sorted(installed.items()))
    return {name: importlib.import_module(module) for name, module in names.items()}


def import_everything(package: str) -> None:
    """Import every module of a package, so that all subclasses of an error are known."""
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not any(part in found.name for part in _LEFT_OUT):
            importlib.import_module(found.name)
