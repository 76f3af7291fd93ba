"""Variables of the environment that replace settings of the files."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from entraide.config.key_positions import KeyPath, KeyPosition
from entraide.config.sources import Tree, read_toml

PREFIX = "ENTRAIDE_"
SMTP_PASSWORD = "ENTRAIDE_SMTP_PASSWORD"  # noqa: S105 - the name of a variable

VARIABLES: Mapping[str, tuple[str, str]] = {
    "ENTRAIDE_BASE_URL": ("site", "base_url"),
    "ENTRAIDE_STATE": ("site", "state"),
    "ENTRAIDE_DEVELOPMENT": ("site", "development"),
    "ENTRAIDE_DATABASE_URL": ("database", "url"),
    "ENTRAIDE_REDIS_URL": ("queue", "redis"),
    "ENTRAIDE_HOST": ("server", "host"),
    "ENTRAIDE_PORT": ("server", "port"),
}
"""Variables and the settings that they replace."""

ELSEWHERE = (SMTP_PASSWORD, "ENTRAIDE_INSTANCE", "ENTRAIDE_STRICT", "ENTRAIDE_TRACE_HOOKS")
"""Variables that are read by other code; they are known here so that typing errors are found."""

_SWITCHES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_DIGITS = re.compile(r"[0-9]{1,9}")


def apply_environment(
    tree: Tree, environment: Mapping[str, str], folder: FilePath, plugins: Iterable[str]
) -> None:
    """Lay the variables over the files' settings; unknown ones become mistakes.

    `ENTRAIDE_<PLUGIN>_<KEY>` replaces one key of an enabled plugin: with the value that a
    `.toml` file has under that key, or with the value itself in TOML. Empty variables count as
    not set. Relative files are looked for in `folder`.
    """
    names = {f"{PREFIX}{name.upper()}_": name for name in plugins}
    for variable, text in sorted(environment.items()):
        is_ours = variable.startswith(PREFIX) and not variable.startswith(f"{PREFIX}TEST_")
        if not is_ours or not text or variable in ELSEWHERE:
            continue
        start = max((name for name in names if variable.startswith(name)), key=len, default="")
        key = variable.removeprefix(start).lower()
        if variable in VARIABLES:
            _replace(tree, variable, text)
        elif start and key:
            _PluginVariable(variable, names[start], key, text).apply(tree, folder)
        else:
            tree.mistakes.append(_unknown(variable, names))


def _replace(tree: Tree, variable: str, text: str) -> None:
    table, key = VARIABLES[variable]
    tree.add({table: {key: _typed(key, text)}}, {(table, key): KeyPosition(variable)})


def _typed(key: str, text: str) -> Any:
    if key == "development":
        return _SWITCHES.get(text.lower(), text)
    return int(text) if key == "port" and _DIGITS.fullmatch(text) else text


@dataclass(frozen=True)
class _PluginVariable:
    """A variable that replaces one key of a plugin's settings."""

    name: str
    plugin: str
    key: str
    text: str

    def apply(self, tree: Tree, folder: FilePath) -> None:
        """Lay the value over the tree."""
        if self.text.endswith(".toml"):
            self._apply_file(tree, folder / self.text)
        else:
            self._apply_value(tree)

    def _apply_file(self, tree: Tree, file: FilePath) -> None:
        values, key_positions = read_toml(file, tree.mistakes)
        if self.key in values:
            inside = {self._path(*old): position for old, position in key_positions.items() if old}
            tree.add({"plugins": {self.plugin: {self.key: values[self.key]}}}, inside)
        elif key_positions:
            fix = f"Write [[{self.key}]] or {self.key} = … in it."
            tree.mistakes.append(f"{self.name}: {file} gives no {self.key}. {fix}")

    def _apply_value(self, tree: Tree) -> None:
        try:
            values = tomllib.loads(f"value = {self.text}")
        except (ValueError, RecursionError):
            values = {}
        if set(values) != {"value"}:
            fix = f"Write, for example, {self.name}='\"text\"' or {self.name}=12."
            tree.mistakes.append(f"{self.name}: neither a .toml file nor a TOML value. {fix}")
            return
        table = {"plugins": {self.plugin: {self.key: values["value"]}}}
        tree.add(table, {self._path(self.key): KeyPosition(self.name)})

    def _path(self, *path: str | int) -> KeyPath:
        return ("plugins", self.plugin, *path)


def _unknown(variable: str, names: Iterable[str]) -> str:
    known = (*VARIABLES, *ELSEWHERE, *(f"{name}…" for name in names))
    ends = [name.removeprefix(PREFIX) for name in known]
    close = difflib.get_close_matches(variable.removeprefix(PREFIX), ends, 1)
    hint = f"Did you mean {PREFIX}{close[0]}?" if close else f"Known: {', '.join(sorted(known))}."
    return f"{variable}: there is no such variable. {hint} Otherwise unset it."
