"""Mounting what plugins bring: blueprints with a permission on each route, API resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask

from entraide import hooks, policy, runtime
from entraide.errors import LoginRequired, NotFound, PluginError, PluginUnavailable
from entraide.plugins import BUILT_IN, set_aside
from entraide.web.visitors import current_member

BUILT_IN_NAMES = frozenset(name.rpartition(".")[2] for name in BUILT_IN)


def mount(app: Flask, site: runtime.Runtime) -> None:
    """Mount every plugin's pages; a plugin with an unmarked route is set aside."""
    for plugin in list(site.registry.modules):
        try:
            blueprints = [said.value for said in hooks.ask_plugin(plugin, "register_blueprints")]
            for blueprint in blueprints:
                mount_blueprint(app, plugin, blueprint)
        except Exception as error:  # noqa: BLE001 - quarantine whatever a plugin raises
            set_aside(site.registry, plugin, error)
    for plugin in site.registry.quarantined:
        _mount_resting(app, plugin)


def mount_blueprint(app: Flask, plugin: str, blueprint: Blueprint) -> None:
    """Mount one blueprint: built-ins where they like, plugins under `/<plugin>/`.

    PluginError when a route carries no `@permission(...)`.
    """
    prefix = blueprint.url_prefix or ""
    if plugin not in BUILT_IN_NAMES and not getattr(blueprint, "well_known", False):
        prefix = f"/{plugin}{prefix}"
    before = set(app.view_functions)
    app.register_blueprint(blueprint, url_prefix=prefix or None)
    for endpoint in set(app.view_functions) - before:
        if not endpoint.endswith(".static"):
            app.view_functions[endpoint] = guarded(plugin, endpoint, app.view_functions[endpoint])


def guarded(plugin: str, endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view with the check of its permission."""
    action = getattr(view, "__permission__", None)
    if action is None:
        raise PluginError(
            f"Plugin {plugin}: the route {endpoint} says nothing about who may open it. "
            'Add @permission("...") under the route, or @permission(None) when it is open to all.'
        )

    def checked(**values: Any) -> Any:
        token = hooks.current_plugin.set(plugin)
        try:
            if action:
                _check(action)
            return view(**values)
        finally:
            hooks.current_plugin.reset(token)

    checked.__name__ = view.__name__
    return checked


def _check(action: str) -> None:
    member = current_member()
    if not policy.admits(member, action):
        if member is None:
            raise LoginRequired("Please log in to continue.")
        raise NotFound


def _mount_resting(app: Flask, plugin: str) -> None:
    def resting(**_values: Any) -> Any:
        raise PluginUnavailable(
            "This part of the site is resting. Your data is kept. Please come back later."
        )

    for rule in (f"/{plugin}/", f"/{plugin}/<path:rest>"):
        app.add_url_rule(rule, f"resting-{plugin}", resting, methods=["GET", "POST"])
