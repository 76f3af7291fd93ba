"""Find, check, order and enable the plugins of one site."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pluggy
import structlog

from entraide import database, hookspecs
from entraide.errors import CONTAINED, ConfigurationError, PluginError
from entraide.hook_registry import HookResult, Implementation, Registry
from entraide.hooks import ask_plugin, is_strict
from entraide.plugins import metadata as plugin_metadata
from entraide.plugins.errors import explain, home_of, home_of_module
from entraide.plugins.files import one_file_plugins

log = structlog.get_logger("entraide.plugins.loading")

BUILT_IN = (
    "entraide.members",
    "entraide.directory",
    "entraide.answers",
    "entraide.posting",
    "entraide.help_requests",
    "entraide.notifications",
    "entraide.administration",
)
"""Features of the core, loaded like any plugin."""

BUILT_IN_NAMES = frozenset(name.rpartition(".")[2] for name in BUILT_IN)
GROUP = "entraide"
ONE_FILE = "entraide_instance_plugins"
"""Where Python keeps plugins of one file, each below its folder."""
SPEC = f"{hookspecs.PROJECT}_spec"


def load(enabled: Sequence[str], folder: Path, disabled: Sequence[str] = ()) -> Registry:
    """Load the built-ins and the enabled plugins of the site in `folder`, in that order.

    A plugin follows those that it requires, whatever its position.
    `disabled` names built-in features that this site does without (a hub: posting, help_requests).
    A plugin that is missing or fails is set aside (`registry.quarantined`) with the reason and
    the remedy; the site starts without it. With ENTRAIDE_STRICT=1 the failure is raised.
    ConfigurationError when one has the name of a built-in: it would be taken for it.
    """
    if taken := [name for name in enabled if name in BUILT_IN_NAMES]:
        raise ConfigurationError(
            [
                f"[plugins] enabled: {name!r} is a part of the core. Give the plugin another name."
                for name in taken
            ]
        )
    registry = Registry()
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    sources = available(folder)
    _tell_unread(folder)
    for module in BUILT_IN:
        name = module.rpartition(".")[2]
        if name not in disabled:
            add(registry, manager, name, importlib.import_module(module))
    registry.needs = {name: _needs(name, sources) for name in enabled}
    for name in plugin_metadata.in_order(enabled, registry.needs):
        _add_enabled(registry, manager, name, sources, folder)
    return registry


def available(folder: Path) -> dict[str, str | Path]:
    """Return every plugin that could be enabled: name → module name or file."""
    sources: dict[str, str | Path] = {
        point.name: point.value for point in entry_points(group=GROUP)
    }
    for name, path in one_file_plugins(folder / "plugins"):
        sources.setdefault(name, path)
    return sources


def unread_files(folder: Path) -> list[str]:
    """Return one sentence per file in `plugins/` that is not read: an installed plugin has its name."""
    sources = available(folder)
    return [
        f"{path} is not read: an installed plugin is called {name} too. Give the file another name."
        for name, path in one_file_plugins(folder / "plugins")
        if sources[name] != path
    ]


_TOLD: set[str] = set()
"""A process opens its site more than once, and says this once."""


def _tell_unread(folder: Path) -> None:
    for words in unread_files(folder):
        if words not in _TOLD:
            _TOLD.add(words)
            log.error("plugin-file-not-read", error=words)


def add(registry: Registry, manager: pluggy.PluginManager, name: str, module: ModuleType) -> None:
    """Check one module's hooks and add it; PluginError says what is wrong and how to fix it."""
    _check_marks(name, module)
    for function in hook_functions(module):
        _check_function(name, function)
    try:
        manager.register(module, name=name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        manager.unregister(name=name)
        raise PluginError(f"Plugin {name}: {error}") from error
    registry.modules[name] = module
    for function in hook_functions(module):
        arguments = _arguments_of(function)
        registry.implementations[function.__name__].append(
            Implementation(name, function, arguments)
        )


def _arguments_of(function: FunctionType) -> tuple[str, ...]:
    # As pluggy does: arguments with a default are the plugin's own business.
    return tuple(
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and parameter.default is parameter.empty
    )


def hook_functions(module: ModuleType) -> list[FunctionType]:
    """Return the functions of a module that are marked `@hookimpl`."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, FunctionType) and hasattr(value, f"{hookspecs.PROJECT}_impl")
    ]


def _add_enabled(
    registry: Registry,
    manager: pluggy.PluginManager,
    name: str,
    sources: dict[str, str | Path],
    folder: Path,
) -> None:
    try:
        source = _source_of(name, sources, folder)
        _check_metadata(registry, name, source)
        add(registry, manager, name, import_plugin(name, source))
    except CONTAINED as error:
        set_aside(registry, name, error)


def _source_of(name: str, sources: dict[str, str | Path], folder: Path) -> str | Path:
    if name not in sources:
        close = get_close_matches(name, sources, 1)
        hint = f"Did you mean {close[0]}? " if close else ""
        if (folder / "plugins" / name).is_dir():
            hint = f"{folder / 'plugins' / name} is a folder: install it (pip install) or make it one file. "
        raise PluginError(
            f"Plugin {name}: not installed and no plugins/{name}.py in the site's folder. {hint}"
            f"Install it, put the file back, or switch it off: entraide plugins disable {name}. "
            "Its data is kept."
        )
    return sources[name]


def _needs(name: str, sources: dict[str, str | Path]) -> tuple[str, ...]:
    try:
        return plugin_metadata.read(name, sources[name]).requires if name in sources else ()
    except (PluginError, ImportError):
        return ()


def _check_metadata(registry: Registry, name: str, source: str | Path) -> None:
    metadata = plugin_metadata.read(name, source)
    registry.needs[name], registry.well_known[name] = metadata.requires, metadata.well_known
    if metadata.decides:
        registry.decides[name] = metadata.decides
    if metadata.api and not plugin_metadata.is_range(metadata.api):
        raise PluginError(
            f"Plugin {name}: {plugin_metadata.file_of(source)}: api = {metadata.api!r} is no range. "
            'Write api = ">=1.0,<2".'
        )
    if metadata.api and not plugin_metadata.accepts(metadata.api, hookspecs.API_VERSION):
        raise PluginError(
            f"Plugin {name}: {plugin_metadata.file_of(source)}: it was written for the hook API "
            f"{metadata.api}, this site has "
            f"{hookspecs.API_VERSION}. Install a release of the plugin that fits."
        )
    missing = [other for other in metadata.requires if other not in registry.modules]
    if missing:
        raise _needs_others(name, missing, registry)


def _needs_others(name: str, missing: Sequence[str], registry: Registry) -> PluginError:
    if circle := plugin_metadata.circle_of(name, registry.needs):
        return PluginError(
            f"Plugin {name}: a circle: {' needs '.join(circle)}. Take one of them out of requires "
            "in its plugin.toml: what both need belongs into a third plugin."
        )
    return PluginError(
        f"Plugin {name}: it needs {', '.join(missing)}, which is not running here. "
        "Add it to [plugins] enabled, or see why it was set aside."
    )


def set_aside(registry: Registry, name: str, error: BaseException) -> None:
    """Quarantine a plugin: nothing of it runs, its data stays, the site starts.

    Those that need it are set aside too, whenever that happens.
    """
    if is_strict() and not isinstance(error, PluginError):
        raise error
    reason = explain(name, home_of_module(registry.modules.get(name)), error)
    registry.forget(name)
    registry.quarantined[name] = reason
    log.error("plugin-quarantined", plugin=name, error=reason)
    for other in [plugin for plugin in registry.modules if name in registry.needs.get(plugin, ())]:
        set_aside(registry, other, _needs_others(other, [name], registry))


def collect(registry: Registry, hook: str) -> list[HookResult[Any]]:
    """Ask every plugin for what it registers; one that fails is set aside, the others go on."""
    results: list[HookResult[Any]] = []
    for name in list(registry.modules):
        try:
            results += ask_plugin(name, hook)
        except CONTAINED as error:
            set_aside(registry, name, error)
    return results


def import_plugin(name: str, source: str | Path) -> ModuleType:
    """Import a plugin's module; PluginError says what is wrong in it."""
    try:
        if isinstance(source, Path):
            return _import_file(name, source)
        return importlib.import_module(source)
    except CONTAINED as error:
        if isinstance(source, str):
            forget_package(source)
        raise PluginError(explain(name, home_of(source), error)) from error


def forget_package(package: str) -> None:
    """Forget the tables and the modules of a distribution, so that nothing half of it stays."""
    database.forget_models(package)
    for name in list(sys.modules):
        if f"{name}.".startswith(f"{package}."):
            del sys.modules[name]


def _import_file(name: str, path: Path) -> ModuleType:
    folder = hashlib.sha256(str(path.parent.resolve()).encode()).hexdigest()[:12]
    qualified = f"{ONE_FILE}.{folder}.{name}"
    spec = importlib.util.spec_from_file_location(qualified, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"Plugin {name}: {path} cannot be read as Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[qualified] = module
    before = set(database.metadata.tables)
    try:
        spec.loader.exec_module(module)
        _refuse_tables(name, path, before)
    except BaseException:
        del sys.modules[qualified]
        raise
    finally:
        database.forget_models(qualified)
        for table in set(database.metadata.tables) - before:
            database.metadata.remove(database.metadata.tables[table])
    return module


def _refuse_tables(name: str, path: Path, before: set[str]) -> None:
    if added := sorted(set(database.metadata.tables) - before):
        raise PluginError(
            f"Plugin {name}: {path}: the table {added[0]} cannot come with a single file, which "
            "has no migrations. Make it a distribution with models.py and migrations/."
        )


def _check_marks(plugin: str, module: ModuleType) -> None:
    # Without the mark nobody would ever ask it, and the plugin would seem to run.
    for name, value in vars(module).items():
        is_own = isinstance(value, FunctionType) and value.__module__ == module.__name__
        if is_own and name in _known_hooks() and value not in hook_functions(module):
            raise PluginError(
                f"Plugin {plugin}: {_place_of(value)}: {name} is the name of a hook. "
                "Write @hookimpl above it, or give it another name."
            )


def _check_function(plugin: str, function: FunctionType) -> None:
    options: dict[str, Any] = getattr(function, f"{hookspecs.PROJECT}_impl")
    place, known = _place_of(function), _known_hooks()
    if function.__name__ not in known and not options["optionalhook"]:
        close = get_close_matches(function.__name__, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"The hooks are: {', '.join(known)}."
        raise PluginError(f"Plugin {plugin}: {place}: no hook {function.__name__!r}: {hint}")
    for option in ("wrapper", "hookwrapper", "tryfirst", "trylast", "specname"):
        if options[option]:
            raise PluginError(
                f"Plugin {plugin}: {place}: @hookimpl({option}=...) is not possible: the function's "
                "name says which hook it is, and the order of plugins in instance.toml decides. "
                "Take the option out."
            )
    if inspect.iscoroutinefunction(function):
        raise PluginError(f"Plugin {plugin}: {place}: a hook is a plain def, not async def.")
    _check_arguments(plugin, function)


def _check_arguments(plugin: str, function: FunctionType) -> None:
    spec = getattr(hookspecs, function.__name__, None)
    if spec is None:
        return
    known = inspect.signature(spec).parameters
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or (
            parameter.name not in known and parameter.default is parameter.empty
        ):
            takes = ", ".join(known) if known else "no argument"
            raise PluginError(
                f"Plugin {plugin}: {_place_of(function)}: {function.__name__} cannot take "
                f"{str(parameter)!r}. The hook has {takes}; write those that you need, by these names."
            )


def _place_of(function: FunctionType) -> str:
    return f"{inspect.getsourcefile(function)}, line {function.__code__.co_firstlineno}"


def _known_hooks() -> list[str]:
    return [name for name, value in vars(hookspecs).items() if hasattr(value, SPEC)]
