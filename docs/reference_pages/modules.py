"""The modules that the reference pages are read from: features, federation, plugins, errors."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from entraide.plugins.loading import BUILT_IN, GROUP

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "federation", ROOT / "plugins")
"""Where the distributions lie that the reference pages speak of, besides the core."""

# Only errors of running sites are listed: these modules need test tools or start a network.
_LEFT_OUT = (".testing", ".migrations", ".data", ".__main__")


def plugins() -> dict[str, ModuleType]:
    """Return the built-in features, the federation and every shipped plugin by name.

    A plugin of somebody else's that is installed here too is left out.
    """
    names = {module.rpartition(".")[2]: module for module in BUILT_IN}
    installed = {point.name: point.value for point in entry_points(group=GROUP)}
    names |= {name: package for name, package in sorted(installed.items()) if is_shipped(package)}
    return {name: importlib.import_module(module) for name, module in names.items()}


def is_shipped(package: str) -> bool:
    """Return whether a package lies in this repository's folders of distributions."""
    spec = importlib.util.find_spec(package)
    home = Path((spec and spec.origin) or "").resolve()
    return any(home.is_relative_to(folder) for folder in SHIPPED)


def import_everything(package: str) -> None:
    """Import every module of a package, so that all subclasses of an error are known."""
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not any(part in found.name for part in _LEFT_OUT):
            importlib.import_module(found.name)
