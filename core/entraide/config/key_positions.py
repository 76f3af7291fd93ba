"""Where a key was written: paths of keys to files and lines of TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KeyPath = tuple[str | int, ...]
"""Keys from the root, with positions (from 0) inside arrays: `("federation", "peers", 0)`."""


@dataclass(frozen=True)
class KeyPosition:
    """A file, or a variable of the environment, and the line (from 1; None for a variable)."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        """Return `instance.toml, line 12` or the source alone."""
        return self.source if self.line is None else f"{self.source}, line {self.line}"


@dataclass(frozen=True)
class KeyPositions:
    """The position of every key; `top_level` names plugins whose table stands outside [plugins]."""

    lines: Mapping[KeyPath, KeyPosition]
    top_level: frozenset[str] = field(default_factory=frozenset)

    def find(self, path: KeyPath) -> KeyPosition:
        """Return the position of a key, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return self.lines.get((), KeyPosition("instance.toml", 1))

    def label(self, path: KeyPath) -> str:
        """Return how people write the key: `[site] base_url`, `[[federation.peers]] 2, base`."""
        if len(path) > 1 and path[0] == "plugins" and path[1] in self.top_level:
            path = path[1:]
        if path and isinstance(path[-1], int):
            return f"{self.label(path[:-1])} {path[-1] + 1}"
        *table, key = path or ("",)
        if not table:
            return f"[{key}]"
        if table == ["plugins"] and key not in ("enabled", "disabled"):
            return f"[plugins.{key}]"
        numbers = [str(part + 1) for part in table if isinstance(part, int)]
        names = ".".join(part for part in table if isinstance(part, str))
        if numbers:
            return f"[[{names}]] {' '.join(numbers)}, {key}"
        return f"[{names}] {key}"


def locate(text: str, source: str) -> dict[KeyPath, KeyPosition]:
    """Return the position of every key of a valid TOML text.

    A statement ends at the first line where the lines read so far are valid TOML of their own:
    no line break inside a text or an array can end one.
    """
    key_positions: dict[KeyPath, KeyPosition] = {(): KeyPosition(source, 1)}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement in _statements(text):
        tree = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _open_table(tree, counts)
            keys: Iterator[KeyPath] = iter([table[:end] for end in range(1, len(table) + 1)])
        else:
            keys = (table + path for path in _paths(tree))
        for path in keys:
            key_positions.setdefault(path, KeyPosition(source, line))
    return key_positions


def _statements(text: str) -> Iterator[tuple[int, str]]:
    start, lines = 1, list[str]()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        lines.append(line)
        statement = "\n".join(lines)
        if not _may_end(lines) or not _is_valid(statement):
            continue
        if tomllib.loads(statement):
            yield start, statement
        start, lines = number + 1, []


def _may_end(lines: list[str]) -> bool:
    """Tell cheaply whether a statement of several lines may end here: long lists are common."""
    return len(lines) == 1 or any(end in lines[-1] for end in ("]", '"""', "'''"))


def _is_valid(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _open_table(header: dict[str, Any], counts: dict[KeyPath, int]) -> KeyPath:
    """Return the path that `[a.b]` or `[[a.b]]` opens; the innermost array grows by one entry."""
    path: KeyPath = ()
    value: Any = header
    while value:
        name, value = next(iter(value.items()))
        path = (*path, name)
        is_new_entry = isinstance(value, list)
        counts[path] = counts.get(path, 0) + (1 if is_new_entry else 0)
        if counts[path]:
            path = (*path, counts[path] - 1)
        value = value[0] if is_new_entry else value
    return path


def _paths(value: Any, prefix: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of everything inside a value, the value's own first."""
    if prefix:
        yield prefix
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*prefix, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _paths(inner, (*prefix, position))
