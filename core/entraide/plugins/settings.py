"""The settings of a plugin, as its own code reads them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, overload

from entraide import hook_calls, hooks, runtime
from entraide.runtime import Runtime

Table = TypeVar("Table")


class MissingSettings(LookupError):
    """Settings are read of a plugin that does not run here, or that declares none."""


@overload
def settings(plugin: str) -> Mapping[str, Any]: ...
@overload
def settings(plugin: str, table: type[Table]) -> Table: ...
def settings(plugin: str, table: type[Any] | None = None) -> Any:
    """Return the validated `[plugins.<plugin>]` of the running site, with the schema's defaults.

    Without `table` as a mapping that nobody can change; with one as `table(**settings)`: a
    dataclass or TypedDict of yours, so that type checkers know each value. MissingSettings says
    what to do when the plugin does not run here, has no `register_settings`, or is another one that
    the running plugin does not require.
    """
    values = _values(plugin)
    return MappingProxyType(values) if table is None else table(**values)


def _check_reader(site: Runtime, plugin: str) -> None:
    """Refuse the settings of others, which may hold their secrets, unless the reader needs them."""
    running = hook_calls.current_plugin.get()
    reader = site.registry.modules.get(running)
    is_core = reader is not None and reader.__name__.startswith("entraide.")
    if is_core or running in ("entraide", plugin):
        return
    if plugin in site.registry.modules and plugin not in site.registry.needs.get(running, ()):
        raise MissingSettings(
            f"Plugin {running}: the settings of {plugin} are not its own. Read those of {running}, "
            f'or write requires = ["{plugin}"] in its plugin.toml.'
        )


def _values(plugin: str) -> dict[str, Any]:
    site = runtime.current()
    _check_reader(site, plugin)
    if reason := site.registry.quarantined.get(plugin):
        raise MissingSettings(f"Plugin {plugin} is set aside, so it has no settings: {reason}")
    if plugin not in site.registry.modules:
        known = ", ".join(sorted(site.registry.modules))
        raise MissingSettings(
            f"There is no plugin {plugin!r} on this site, so it has no settings. Running are: "
            f"{known}. Give the name of your own plugin, as `enabled` of [plugins] spells it."
        )
    if plugin not in hooks.listeners("register_settings"):
        raise MissingSettings(
            f"Plugin {plugin} declares no settings. Implement register_settings and return the "
            f"marshmallow schema of [plugins.{plugin}]."
        )
    if plugin not in site.plugin_settings:
        raise MissingSettings(
            f"The settings of plugin {plugin} are not read yet. Read them where they are used, "
            "not while the module is imported or in register_settings."
        )
    return site.plugin_settings[plugin]
