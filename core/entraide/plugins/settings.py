"""The settings of a plugin, as its own code reads them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, overload

from entraide import hooks, runtime

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
    what to do when the plugin does not run here or has no `register_settings`.
    """
    values = _values(plugin)
    return MappingProxyType(values) if table is None else table(**values)


def _values(plugin: str) -> dict[str, Any]:
    site = runtime.current()
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
