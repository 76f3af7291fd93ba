"""What was written: instance.toml, local.toml and the environment, read into one tree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from entraide.config.key_positions import KeyPath, KeyPosition, locate

MAX_FILE_BYTES = 1_000_000
"""A settings file above this size is a mistake: somebody pointed at the wrong file."""

TABLES = ("site", "server", "database", "queue", "mail", "offers", "plugins")
"""The tables of the core; any other table at the top belongs to the plugin of its name."""

PLUGIN_LISTS = ("enabled", "disabled", "agreed")
"""The keys of [plugins] that are no plugin's table."""

_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass
class Tree:
    """The values read so far, the position of each key, and the mistakes met on the way.

    Settings of plugins are kept under `plugins`, wherever they were written; `top_level` names
    those written as a table of their own.
    """

    values: dict[str, Any] = field(default_factory=dict)
    key_positions: dict[KeyPath, KeyPosition] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    top_level: set[str] = field(default_factory=set)

    def add(self, values: Mapping[str, Any], key_positions: Mapping[KeyPath, KeyPosition]) -> None:
        """Lay `values` over what is there: tables are merged, anything else is replaced."""
        self._merge(self.values, values, key_positions, ())

    def _merge(
        self,
        into: dict[str, Any],
        values: Mapping[str, Any],
        key_positions: Mapping[KeyPath, KeyPosition],
        prefix: KeyPath,
    ) -> None:
        for key, value in values.items():
            path = (*prefix, key)
            if isinstance(value, dict) and isinstance(into.get(key, {}), dict):
                if path in key_positions:
                    self.key_positions.setdefault(path, key_positions[path])
                self._merge(into.setdefault(key, {}), value, key_positions, path)
            else:
                into[key] = value
                self._replace_positions(path, key_positions)

    def _replace_positions(
        self, path: KeyPath, key_positions: Mapping[KeyPath, KeyPosition]
    ) -> None:
        size = len(path)
        for old in [known for known in self.key_positions if known[:size] == path]:
            del self.key_positions[old]
        self.key_positions |= {
            new: position for new, position in key_positions.items() if new[:size] == path
        }


def read_toml(
    file: FilePath, mistakes: list[str]
) -> tuple[dict[str, Any], dict[KeyPath, KeyPosition]]:
    """Return a file's values and key positions; empty, with a mistake noted, when it cannot be read."""
    name = file.name
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            mistakes.append(f"{name}: larger than {MAX_FILE_BYTES} bytes. Is it the right file?")
            return {}, {}
        text = content.decode("utf-8-sig")
        return tomllib.loads(text), locate(text, name)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        mistakes.append(f"{name}, line {line}: not UTF-8 text. Save the file as UTF-8.")
    except OSError as error:
        mistakes.append(f"{file}: {error.strerror}. Check the name and the rights of the file.")
    except (ValueError, RecursionError) as error:
        mistakes.append(explain_syntax(str(error), name, text))
    return {}, {}


def explain_syntax(problem: str, name: str, text: str) -> str:
    """Return the sentence for text that is not TOML: the line, what is wrong there, the fix."""
    match = _WHERE.search(problem)
    line = match.group(1) if match and match.group(1) else str(text.rstrip().count("\n") + 1)
    what = _WHERE.sub("", problem)
    return (
        f"{name}, line {line}: this is not TOML ({what}). Write each setting once, as "
        'key = "text", key = 12 or key = true, below a [table].'
    )


def fold_plugin_tables(
    values: dict[str, Any], key_positions: Mapping[KeyPath, KeyPosition], tree: Tree
) -> tuple[dict[str, Any], dict[KeyPath, KeyPosition]]:
    """Move tables such as `[federation]` below `plugins`; both forms in one file is a mistake."""
    plugins = values.get("plugins", {})
    outside = {name: table for name, table in values.items() if name not in TABLES}
    if not outside or not isinstance(plugins, dict):
        return values, dict(key_positions)
    tree.mistakes += [
        f"{key_positions[name,]}, [{name}]: the settings of {name} are also in [plugins.{name}]. "
        "Keep one of the two."
        for name in outside.keys() & plugins.keys()
    ]
    tree.top_level |= set(outside)
    core = {name: table for name, table in values.items() if name in TABLES}
    moved = {
        (("plugins", *path) if path and path[0] in outside else path): position
        for path, position in key_positions.items()
    }
    return core | {"plugins": plugins | outside}, moved
