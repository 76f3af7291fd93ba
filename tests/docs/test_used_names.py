"""What is public is documented, tested and used: three lists of names and hooks, compared."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import entraide
from entraide import fields, hookspecs, pages
from entraide.plugins.loading import BUILT_IN
from reference_pages import public_names

ROOT = Path(__file__).parents[2]
ROOMS = {"entraide": entraide, "entraide.pages": pages, "entraide.fields": fields}
NAMES = [(room, name) for room, module in ROOMS.items() for name in module.__all__]
HOOKS = [name for name, value in vars(hookspecs).items() if hasattr(value, "entraide_spec")]
FLOWS = ROOT / "tests" / "plugins" / "flows"
EXAMPLES = [FLOWS / name for name in ("bells", "gardens", "toys")]
"""Plugins that the guide for authors names."""
USERS = [ROOT / "plugins", ROOT / "federation", ROOT / "core/entraide/kit/templates", *EXAMPLES]
EXCUSED = {
    ("entraide", "sealed"): "no page opens such a field yet, so that a kind with one does not load",
    ("entraide.fields", "sealed"): "the same",
}
BLOCK = re.compile(r"^```(?:python|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN = re.compile(r"^from (entraide[\w.]*) import \(?([^()]*)", re.MULTILINE)


def sources(folders: Iterable[Path]) -> Iterator[ast.Module]:
    """Yield the tree of each Python file, and of each that the kit makes one of."""
    for folder in folders:
        for path in sorted(folder.rglob("*.py*")):
            if path.name.endswith((".py", ".py.tmpl")):
                yield ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield room and name of each public name that a file imports, or reads of a room."""
    known = {"entraide": "entraide", "pages": "entraide.pages", "fields": "entraide.fields"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
            room, _, module = node.module.rpartition(".")
            yield room, module
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield known.get(node.value.id, ""), node.attr


def quoted() -> Iterator[tuple[str, str]]:
    """Yield what the code of the guides imports."""
    for path in ("tutorial/first-plugin.md", "tutorial/change-a-plugin.md"):
        for block in BLOCK.findall((ROOT / "docs" / path).read_text("utf-8")):
            lines = (line[1:] if line[:1] in "+ " else line for line in block.splitlines())
            for room, names in WRITTEN.findall("\n".join(lines)):
                yield from ((room, name.strip()) for name in names.split(","))


@cache
def used() -> frozenset[tuple[str, str]]:
    """Return what plugins, the federation and the examples use, and what those names bring along."""
    own = {pair for tree in sources(USERS) for pair in imported(tree)} | {*quoted()}
    return frozenset(own | {pair for pair in NAMES if any(brings(pair, o) for o in own)})


def brings(pair: tuple[str, str], by: tuple[str, str]) -> bool:
    """Return whether a used name is, takes, gives or raises what `pair` names."""
    room, name = by
    value = getattr(ROOMS.get(room), name, None)
    if value is not None and value is getattr(ROOMS[pair[0]], pair[1]):
        # One thing under two names: `entraide.public` is `entraide.fields.public`.
        return True
    if pair[0] != room or not inspect.isfunction(value):
        return False
    words = f"{inspect.signature(value)} {inspect.getdoc(value)}"
    return re.search(rf"\b{pair[1]}\b", words) is not None


@cache
def named_in_tests() -> frozenset[tuple[str, str]]:
    """Return what the tests name: imported, read of a room, or written into a plugin of a test."""
    trees = [(path, ast.parse(path.read_text("utf-8"))) for path in (ROOT / "tests").rglob("*.py")]
    own = {pair for _path, tree in trees for pair in imported(tree)}
    pairs = own | {pair for pair in NAMES if any(brings(pair, other) for other in own)}
    words = {
        word
        for path, _tree in trees
        if path != Path(__file__)
        for word in re.findall(r"\w+", path.read_text("utf-8"))
    }
    return frozenset(pairs | {(room, name) for room, name in NAMES if name in words})


def documented() -> set[tuple[str, str]]:
    page = (ROOT / "docs" / "reference" / public_names.PATH).read_text("utf-8")
    return {
        (room, name)
        for room in ROOMS
        for name in re.findall(
            r"^\| `(\w+)` \|",
            page.partition(f"\n## `{room}`\n")[2].partition("\n## ")[0],
            re.MULTILINE,
        )
    }


def test_the_lists_of_public_names_are_one():
    names = set(NAMES)
    assert names - documented() == set()
    assert names - named_in_tests() == set()
    assert names - used() == set(EXCUSED)


def test_the_lists_of_hooks_are_one():
    page = (ROOT / "docs" / "reference" / "hooks.md").read_text("utf-8")
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    built_in = [ROOT / "core" / module.replace(".", "/") for module in BUILT_IN]
    marked = {
        node.name
        for tree in sources([*USERS, *built_in])
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("hookimpl" in ast.unparse(mark) for mark in node.decorator_list)
    }
    assert [name for name in HOOKS if f"### `{name}`" not in page] == []
    assert [name for name in HOOKS if f"def test_hook_{name}" not in tests] == []
    assert [name for name in HOOKS if name not in marked] == []


@pytest.mark.parametrize(
    ("source", "pair"),
    [
        ("from entraide import Kind", ("entraide", "Kind")),
        ("from entraide.pages import say", ("entraide.pages", "say")),
        ("from entraide.errors import NotFound", ("entraide", "errors")),
        ("fields.Url()", ("entraide.fields", "Url")),
        ("pages.HUB", ("entraide.pages", "HUB")),
    ],
)
def test_each_way_of_using_a_name_is_seen(source, pair):
    assert pair in set(imported(ast.parse(source)))


def test_a_name_that_nobody_uses_would_be_seen():
    assert ("entraide", "Unheard") not in used() | named_in_tests()
    assert brings(("entraide", "Caller"), ("entraide", "caller"))
    assert brings(("entraide.fields", "public"), ("entraide", "public"))
    assert not brings(("entraide", "Kind"), ("entraide", "caller"))
