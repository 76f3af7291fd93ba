"""Measures code against the budgets: how long files and functions are, what lacks a docstring."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FILE_LINES = 300
TEST_FILE_LINES = 600
MEDIAN_FILE_LINES = 90
FUNCTION_LINES = 50
USUAL_FUNCTION_LINES = 20
USUAL_SHARE = 0.95
README_LINES = 80
KIND_PLUGIN_LINES = 20

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of a tree: its path relative to the root and its text."""

    path: str
    text: str

    @property
    def line_count(self) -> int:
        """Return the number of lines that are not blank."""
        return sum(bool(row.strip()) for row in self.text.splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        """Return the syntax tree of a Python file."""
        return ast.parse(self.text, self.path)

    def functions(self) -> Iterator[tuple[str, int]]:
        """Yield the place of each function and its lines, from its `def` on, that are not blank."""
        lines = self.text.splitlines()
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                body = lines[node.lineno - 1 : node.end_lineno]
                yield (
                    f"{self.path}:{node.lineno} {node.name}",
                    sum(bool(row.strip()) for row in body),
                )


def read(root: Path, folders: tuple[str, ...], suffixes: tuple[str, ...]) -> list[Source]:
    """Return the files with these suffixes below the folders, hidden and built ones left out."""
    paths = (path for folder in folders for path in (root / folder).rglob("*"))
    return [
        Source(path.relative_to(root).as_posix(), path.read_text("utf-8"))
        for path in sorted(paths)
        if path.suffix in suffixes and not _is_built(path.relative_to(root))
    ]


def _is_built(path: Path) -> bool:
    return any(part.startswith(".") or part.endswith(".egg-info") for part in path.parts)


def long_files(sources: list[Source], limit: int = FILE_LINES) -> dict[str, int]:
    """Return the files above the limit with their lines."""
    return {one.path: one.line_count for one in sources if one.line_count > limit}


def median_file(sources: list[Source]) -> float:
    """Return the lines of the median file."""
    return statistics.median(one.line_count for one in sources)


def function_lines(sources: list[Source]) -> dict[str, int]:
    """Return the lines of each function, docstring included."""
    return {place: lines for one in sources for place, lines in one.functions()}


def usual_share(lengths: dict[str, int]) -> float:
    """Return the share of functions that keep to the usual length."""
    return sum(lines <= USUAL_FUNCTION_LINES for lines in lengths.values()) / len(lengths)


def undocumented(sources: list[Source]) -> list[str]:
    """Return modules, public classes, functions and methods that have no docstring."""
    found = []
    for one in sources:
        if not ast.get_docstring(one.tree) and one.text.strip():
            found.append(one.path)
        found += [f"{one.path}:{node.lineno} {node.name}" for node in _public(one.tree)]
    return found


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    for node in parent.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not _is_overload(node):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node)


def _is_overload(node: Function | ast.ClassDef) -> bool:
    return any("overload" in ast.unparse(decorator) for decorator in node.decorator_list)


def defines_a_kind(source: Source) -> bool:
    """Return whether a plugin implements `register_kinds`."""
    return any(place.endswith(" register_kinds") for place, _lines in source.functions())


def long_readmes(sources: list[Source]) -> dict[str, int]:
    """Return the README files that do not fit one screen."""
    readmes = (one for one in sources if one.path.rpartition("/")[2] == "README.md")
    return {one.path: one.line_count for one in readmes if one.line_count > README_LINES}
