"""What a plugin may declare is read somewhere: a field that nobody reads is a promise not kept."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

import budgets
from entraide import classification, errors, kinds
from entraide import fields as payload_fields
from entraide.plugins import metadata
from entraide.policy import permission
from entraide_federation.protocol import errors as protocol_errors

ROOT = Path(__file__).parents[2]

# Class that a plugin fills → what the code calls its objects where it reads them.
CALLED = {
    kinds.Kind: r"(^|_)(kind|kinds|known|Kind)$",
    kinds.Workflow: r"^(workflow|Workflow)$",
    kinds.Rule: r"^rule$",
    kinds.Link: r"^link$",
    kinds.Badge: r"^badge$",
    kinds.Panel: r"^(panel|value)$",
    kinds.ManagedOffers: r"^managed$",
    kinds.Problem: r"^problem$",
    kinds.Message: r"^message$",
    kinds.Job: r"^job$",
    kinds.Health: r"^line$",
    kinds.ApiResource: r"^resource$",
    metadata.PluginMetadata: r"^(metadata|read|_about|PluginMetadata)$",
    classification.Marking: r"^(mark|Marking)$",
}
EXCUSED = {
    "Marking.on_erase": "stored with each snapshot for the engine of erasure, and shown to nobody",
}
CHECKS = ("__post_init__", "_mistakes")


@cache
def product() -> list[budgets.Source]:
    return budgets.read(ROOT, ("core/entraide", "federation/entraide_federation"), (".py",))


def receiver(node: ast.expr) -> str:
    """Return what an object is called: `kind` of `site.kind`, `kinds[name]` or `kind()`."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@cache
def reads() -> frozenset[tuple[str, str]]:
    """Every attribute that is read, with what its object is called; checking it is no reading.

    `self` is called by the name of its class.
    """
    return frozenset(
        (owner if receiver(node.value) == "self" else receiver(node.value), node.attr)
        for source in product()
        for owner, node in walk(source.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


def walk(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield every node with the class that it stands in, the checks of declarations left out."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.FunctionDef) and node.name in CHECKS):
            yield owner, node
            yield from walk(node, node.name if isinstance(node, ast.ClassDef) else owner)


DECLARATIONS = [(declared, field.name) for declared in CALLED for field in fields(declared)]


@pytest.mark.parametrize(
    ("declared", "name"), DECLARATIONS, ids=lambda value: getattr(value, "__name__", value)
)
def test_each_field_of_a_declaration_is_read(declared, name):
    pattern = re.compile(CALLED[declared])
    is_read = any(attribute == name and pattern.search(called) for called, attribute in reads())
    # Marks are kept as JSON members, and read there by their names.
    is_read = is_read or (declared is classification.Marking and name in constants())
    field = f"{declared.__name__}.{name}"
    assert is_read is not (field in EXCUSED), (
        f"{field} is excused and read"
        if is_read
        else f"nothing reads {field} (a template does not count)"
    )


def test_every_dataclass_of_the_kinds_is_looked_at():
    given = {"JobRun", "RemoteOffer"}  # The core fills these, and plugins read them.
    declared = {
        name
        for name, value in vars(kinds).items()
        if inspect.isclass(value) and value.__module__ == kinds.__name__
    }
    known = {one.__name__ for one in CALLED if one.__module__ == kinds.__name__}
    assert declared - given == known, "give each a line in CALLED"


def test_every_key_of_plugin_toml_is_a_field():
    assert set(metadata.KNOWN) == {field.name for field in fields(metadata.PluginMetadata)}


def options_of_marks() -> list[str]:
    """Return the options that the docstring of `public` names."""
    words = inspect.getdoc(payload_fields.public) or ""
    return re.findall(r"`(\w+)`", words.partition("Options:")[2])


@cache
def constants() -> frozenset[str]:
    """Every text that stands as a key: `metadata["hint"]`, `metadata.get("hint")`."""
    keys: set[object] = set()
    for source in product():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                keys.add(node.slice.value)
            elif isinstance(node, ast.Call) and receiver(node) == "get" and node.args:
                keys |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    return frozenset(key for key in keys if isinstance(key, str))


@pytest.mark.parametrize("option", [*options_of_marks(), "label", "mark", "sides"])
def test_each_option_of_a_field_is_read(option):
    assert option in constants()


def test_the_options_are_found():
    known = {"hint", "facet", "choices", "unit", "zero", "no", "unset", "missing"}
    assert known == set(options_of_marks())


@cache
def names_outside(file: str) -> frozenset[str]:
    """Every name that occurs in the product outside a file, imports left out."""
    return frozenset(
        node.attr if isinstance(node, ast.Attribute) else node.id
        for source in product()
        if not source.path.endswith(file)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute | ast.Name)
    )


@pytest.mark.parametrize(
    ("module", "file"),
    [(protocol_errors, "protocol/errors.py"), (errors, "core/entraide/errors.py")],
    ids=["protocol", "core"],
)
def test_each_error_is_raised_somewhere(module, file):
    declared = {
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__
    }
    assert sorted(declared - names_outside(file)) == []


def test_the_mark_of_a_route_is_read():
    mark = permission("toys.list")(lambda: "")
    assert mark.__permission__ == "toys.list"
    assert "__permission__" in {
        node.value
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant)
    }
