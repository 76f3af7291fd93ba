"""Mounting what plugins bring: blueprints with a permission on each route, API resources."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from flask import Blueprint, Flask, request

from entraide import asks, hook_calls, policy, runtime
from entraide.database.sessions import refused
from entraide.errors import CONTAINED, LoginRequired, NotFound, PluginError, PluginUnavailable
from entraide.i18n import catalogue
from entraide.plugins.errors import handed_over, place_of_code
from entraide.plugins.loading import BUILT_IN_NAMES, set_aside
from entraide.plugins.metadata import covers
from entraide.web.transactions import SAFE
from entraide.web.visitors import current_member

APP_WIDE = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
"""Where Flask keeps functions that run at every page of the site."""

ONLY_READ = "a page that is read (GET) changes nothing: write in one that is sent (POST)"

_ = catalogue("entraide")


def mount(app: Flask, site: runtime.Runtime) -> None:
    """Mount every plugin's pages; a plugin with an unmarked route is set aside."""
    for plugin in list(site.registry.modules):
        try:
            _refuse_taken_name(app, plugin)
            with handed_over(plugin, "register_blueprints"):
                for blueprint in asks.blueprints_of(plugin):
                    mount_blueprint(app, plugin, blueprint)
        except CONTAINED as error:
            set_aside(site.registry, plugin, error)


def mount_resting(app: Flask, site: runtime.Runtime) -> None:
    """Answer for the plugins that are set aside, under their addresses."""
    for plugin in site.registry.quarantined:
        _mount_resting(app, plugin)


def _refuse_taken_name(app: Flask, plugin: str) -> None:
    # A plugin called `login` or `api` would have its pages among those of the core.
    taken = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} | {"api"}
    if plugin in taken - BUILT_IN_NAMES:
        raise PluginError(
            f"Plugin {plugin}: the site has pages under /{plugin}/ already. Choose another name."
        )


def mount_blueprint(app: Flask, plugin: str, blueprint: Blueprint) -> None:
    """Mount one blueprint: built-ins where they like, plugins under `/<plugin>/`.

    PluginError when a route carries no `@permission(...)`, or when the blueprint would run code
    at pages of others; no page of it can be opened then.
    """
    prefix = blueprint.url_prefix or ""
    if plugin not in BUILT_IN_NAMES and not getattr(blueprint, "well_known", False):
        prefix = f"/{plugin}{prefix}"
    before = set(app.view_functions)
    everywhere = _app_wide(app)
    app.register_blueprint(blueprint, url_prefix=prefix or None)
    added = {
        endpoint: app.view_functions[endpoint] for endpoint in set(app.view_functions) - before
    }
    app.view_functions |= dict.fromkeys(added, _rest)
    _refuse_app_wide(app, plugin, everywhere)
    _refuse_elsewhere(app, plugin, set(added))
    checked = {
        endpoint: guarded(plugin, endpoint, view) for endpoint, view in sorted(added.items())
    }
    app.view_functions |= checked


def _app_wide(app: Flask) -> dict[str, list[Any]]:
    return {name: list(getattr(app, name).get(None, ())) for name in APP_WIDE}


def _refuse_app_wide(app: Flask, plugin: str, before: dict[str, list[Any]]) -> None:
    for name, functions in before.items():
        if len(getattr(app, name).get(None, ())) > len(functions):
            getattr(app, name)[None] = functions
            raise PluginError(
                f"Plugin {plugin}: its blueprint adds to {name} of the whole site. "
                "Use the blueprint's own (before_request, not before_app_request), or a hook."
            )


def _refuse_elsewhere(app: Flask, plugin: str, endpoints: set[str]) -> None:
    """Raise PluginError for a page outside `/<plugin>/` that `plugin.toml` does not declare."""
    if plugin in BUILT_IN_NAMES:
        return
    declared = runtime.current().registry.well_known.get(plugin, ())
    rules = sorted(rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in endpoints)
    for rule in rules:
        if not covers([f"/{plugin}", f"/{plugin}/", *declared], rule):
            raise PluginError(
                f"Plugin {plugin}: the page {rule} lies outside /{plugin}/. Take well_known off "
                "its blueprint, or declare the path in the distribution's plugin.toml: "
                f'well_known = ["{rule}"].'
            )


def guarded(plugin: str, endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view with the check of its permission, and of its plugin's health."""
    is_file = endpoint.endswith(".static")
    action = getattr(view, "__permission__", "" if is_file else None)
    if action is None:
        raise PluginError(
            f"Plugin {plugin}: {place_of_code(view)}the route {endpoint} says nothing about who may "
            "open it. "
            'Add @permission("...") under the route, or @permission(None) when it is open to all.'
        )
    if action and not policy.is_ruled(action):
        raise PluginError(
            f"Plugin {plugin}: {place_of_code(view)}nobody could open {endpoint}: no rule permits {action!r}. Yield "
            f"Rule({action!r}, ...) from register_rules."
        )

    if iscoroutinefunction(view):
        raise PluginError(
            f"Plugin {plugin}: {place_of_code(view)}the view {endpoint} is an async function. Write a plain one, and put "
            "what takes long into a job (register_jobs)."
        )

    is_builtin = plugin in BUILT_IN_NAMES

    @wraps(view)
    def checked(**values: Any) -> Any:
        if plugin in runtime.current().registry.quarantined:
            _rest()
        with hook_calls.answering(plugin):
            if action:
                _check(action)
            if is_builtin or request.method not in SAFE:
                return view(**values)
            with refused(ONLY_READ):
                return view(**values)

    return checked


def _check(action: str) -> None:
    member = current_member()
    if not policy.admits(member, action):
        if member is None:
            raise LoginRequired
        raise NotFound


def _mount_resting(app: Flask, plugin: str) -> None:
    for rule in (f"/{plugin}/", f"/{plugin}/<path:rest>"):
        app.add_url_rule(rule, f"resting-{plugin}", _rest, methods=["GET", "POST"])


def _rest(**_values: Any) -> Any:
    raise PluginUnavailable(
        _("This part of the site is resting. Your data is kept. Please come back later.")
    )
