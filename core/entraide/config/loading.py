"""From an instance's folder to its settings, or to every mistake in them at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import structlog
from marshmallow import Schema, ValidationError

from entraide.config.building import build
from entraide.config.environment import SMTP_PASSWORD, apply_environment
from entraide.config.key_positions import KeyPositions
from entraide.config.mistakes import explain, mistake, resembles, suggest
from entraide.config.schema import InstanceSchema
from entraide.config.settings import Settings
from entraide.config.sources import PLUGIN_LISTS, TABLES, Tree, fold_plugin_tables, read_toml
from entraide.errors import ConfigurationError

log = structlog.get_logger("entraide.config")

_SOME_ADDRESS = "https://your-site.example"
"""Stands for an address that is wrong while the rest of the settings is judged."""


def load(
    folder: Path,
    environment: Mapping[str, str],
    judge: Callable[[Settings], list[str]] | None = None,
    installed: Callable[[Path], Collection[str]] = lambda _folder: (),
) -> Settings:
    """Read an instance: instance.toml, then local.toml over it, then `ENTRAIDE_` variables.

    Raises ConfigurationError with every mistake, each with its position and how to correct it.
    `judge` finds the mistakes in the tables of plugins when those of the core have some too.
    The table of a plugin that is `installed` and not enabled is nobody's mistake.
    """
    tree = _read_files(folder)
    plugins = _enabled(tree)
    apply_environment(tree, environment, folder, plugins)
    key_positions = KeyPositions(tree.key_positions, frozenset(tree.top_level))
    checked = _check(tree, key_positions)
    tree.mistakes += _strange_plugins(tree, key_positions, plugins, lambda: installed(folder))
    if checked:
        was_right = not tree.mistakes
        settings = build(
            folder, checked, tree, key_positions, environment.get(SMTP_PASSWORD) or None
        )
        if judge is not None and not was_right:
            tree.mistakes += judge(settings)
    if tree.mistakes:
        raise ConfigurationError(tree.mistakes)
    return settings


def load_plugin_settings(of: Settings, name: str, schema: Schema | type[Schema]) -> dict[str, Any]:
    """Return the validated settings of one plugin, with the schema's defaults.

    Raises ConfigurationError with every mistake in the plugin's table.
    """
    checker = schema() if isinstance(schema, type) else schema
    raw = of.plugin_settings.get(name, {})
    try:
        return dict(checker.load(raw))
    except ValidationError as error:
        messages = dict(error.messages_dict)
        raise ConfigurationError(
            explain(messages, checker, raw, of.key_positions, ("plugins", name))
        ) from error


def _read_files(folder: Path) -> Tree:
    tree = Tree()
    if not _is_file(folder / "instance.toml"):
        sentence = (
            f"{folder}: there is no instance.toml here. Give the folder of an instance, or make "
            f"one with: entraide --instance {folder} init"
        )
        raise ConfigurationError([sentence])
    for name in ("instance.toml", "local.toml"):
        # A link that leads nowhere was meant to be read: passing over it would start another site.
        if name == "instance.toml" or os.path.lexists(folder / name):
            source = read_toml(folder / name, tree.mistakes)
            tree.add(*fold_plugin_tables(*source, tree))
    if tree.mistakes:
        # Half-read files would only add mistakes that are none.
        raise ConfigurationError(tree.mistakes)
    return tree


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _enabled(tree: Tree) -> list[str]:
    """Return the names of enabled plugins as far as they can be told before any check."""
    enabled = _plugin_tables(tree).get("enabled", [])
    return [name for name in enabled if isinstance(name, str)] if isinstance(enabled, list) else []


def _plugin_tables(tree: Tree) -> dict[str, Any]:
    plugins = tree.values.get("plugins", {})
    return plugins if isinstance(plugins, dict) else {}


def _check(tree: Tree, key_positions: KeyPositions) -> dict[str, Any]:
    core = {name: tree.values.get(name, {}) for name in TABLES}
    if isinstance(core["plugins"], dict):
        core["plugins"] = {
            key: core["plugins"][key] for key in core["plugins"] if key in PLUGIN_LISTS
        }
    schema = InstanceSchema()
    try:
        return dict(schema.load(core))
    except ValidationError as error:
        messages = dict(error.messages_dict)
        tree.mistakes += explain(messages, schema, core, key_positions)
        return _check_rest(schema, core, messages)


def _check_rest(
    schema: Schema, core: dict[str, Any], messages: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is left without the wrong keys, so that later checks find theirs; {} if naught.

    Nothing starts with it: the mistakes are raised all the same.
    """
    if "development" in messages.get("site", {}):
        # Without this switch good addresses of a trial site would be called wrong.
        return {}
    rest = {
        name: {key: table[key] for key in table if key not in messages.get(name, {})}
        if isinstance(table, dict)
        else {}
        for name, table in core.items()
    }
    if "mail" in messages:
        # Keys of this table need each other: one that is wrong would be told as missing too.
        rest["mail"] = {}
    rest["site"] = {"name": "?", "base_url": _SOME_ADDRESS} | rest["site"]
    try:
        return dict(schema.load(rest))
    except ValidationError:
        return {}


def _strange_plugins(
    tree: Tree,
    key_positions: KeyPositions,
    enabled: list[str],
    installed: Callable[[], Collection[str]],
) -> list[str]:
    """Return the mistakes about tables that no plugin owns, enabled or not.

    One below [plugins] that resembles no name is left by a plugin that is gone: a warning.
    """
    tables = _plugin_tables(tree)
    if not isinstance(tables.get("enabled", []), list):
        return []
    mistakes = []
    for name in (name for name in tables if name not in PLUGIN_LISTS):
        path = ("plugins", name)
        if name not in enabled and name in installed():
            continue
        is_left = isinstance(tables[name], dict) and name not in tree.top_level
        if name not in enabled and is_left and not resembles(name, enabled):
            log.warning("settings-of-no-plugin", table=f"[plugins.{name}]", remedy="Remove it.")
        elif name not in enabled:
            hint = suggest(name, {*TABLES, *enabled} if name in tree.top_level else enabled)
            sentence = (
                f"belongs to no enabled plugin. {hint} Otherwise add "
                f'"{name}" to [plugins] enabled, or remove the table.'
            )
            mistakes.append(mistake(key_positions, path, sentence))
        elif not isinstance(tables[name], dict):
            mistakes.append(
                mistake(key_positions, path, f"is not a table. Write [plugins.{name}].")
            )
    return mistakes
