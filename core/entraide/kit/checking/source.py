"""What the source of a plugin says without running: its imports, its docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import entraide
from entraide import pages
from entraide.kit.candidate import Candidate
from entraide.kit.findings import Finding

PUBLIC_ROOMS = {"entraide": frozenset(entraide.__all__), "entraide.pages": frozenset(pages.__all__)}


def modules(plugin: Candidate) -> Iterator[tuple[Path, ast.Module]]:
    """Yield each file of the package with its tree; one that is no Python is found by loading."""
    for path in [plugin.file] if plugin.file else sorted(plugin.folder.rglob("*.py")):
        try:
            yield path, ast.parse(path.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue


def imports_public_names(plugin: Candidate) -> list[Finding]:
    """Name the imports of what is not public: other plugins, rooms of the core."""
    return [
        Finding(
            "bronze",
            f"it imports {name}, which is not public",
            plugin.place(path, line),
            "What is not public changes without notice, and a plugin that uses it breaks then.",
            "Use a name of entraide.__all__ or entraide.pages.__all__ "
            "(docs/reference/public-names.md); ask for one that is missing.",
        )
        for path, tree in modules(plugin)
        for node in ast.walk(tree)
        for name, line in _strangers(node, plugin.package)
    ]


def _strangers(node: ast.AST, own: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name != "entraide" and not _is_own(alias.name, own):
                yield alias.name, node.lineno
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        module = node.module or ""
        if _is_own(module, own):
            return
        # `from entraide.errors import NotFound` reads a public module: one below it is not.
        room, _, rest = module.rpartition(".")
        is_public_module = room == "entraide" and rest in PUBLIC_ROOMS["entraide"]
        for alias in node.names:
            if alias.name not in PUBLIC_ROOMS.get(module, ()) and not is_public_module:
                yield f"{module}.{alias.name}", node.lineno


def _is_own(module: str, own: str) -> bool:
    is_ours = module == "entraide" or module.startswith(("entraide.", "entraide_"))
    return not is_ours or module == own or module.startswith(f"{own}.")


def has_docstrings(plugin: Candidate) -> list[Finding]:
    """Name the modules, and the public functions and classes, that say nothing of themselves."""
    return [
        Finding(
            "gold",
            f"{name} has no docstring",
            plugin.place(path, line),
            "Whoever reads it next wants one sentence first.",
            f'Write """What it is or does.""" as the first line of {name}.',
        )
        for path, tree in modules(plugin)
        if "migrations" not in path.parts
        for name, line in _silent(path, tree)
    ]


def _silent(path: Path, tree: ast.Module) -> Iterator[tuple[str, int]]:
    if tree.body and not ast.get_docstring(tree):
        yield path.name, 1
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and _is_silent(node):
            yield node.name, node.lineno


def _is_silent(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return not node.name.startswith("_") and not ast.get_docstring(node)
