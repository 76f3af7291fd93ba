"""States are compared with the members of their enums, never with words between quotes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import budgets
from budgets import Source

ROOT = Path(__file__).parents[2]

# Attribute → the folders in which it is the state of a row that has an enum.
ENUMS = {
    "state": ("core/entraide/help_requests", "federation/entraide_federation"),
    "publication": ("core/entraide",),
}
MEMBERSHIP = {"in_", "not_in"}


def is_membership(node: ast.AST) -> bool:
    """Return whether a node is a call such as `Row.state.in_(...)`."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr in MEMBERSHIP and bool(node.args)


def comparisons(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield both sides of each comparison, those in the place of SQL's IN included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, right in pairwise(sides):
                yield left, right
                yield right, left
        elif is_membership(node):
            yield node.func.value, node.args[0]


def has_words(side: ast.expr) -> bool:
    """Return whether a side is a string, or a tuple, list or set with one."""
    if isinstance(side, ast.Tuple | ast.List | ast.Set):
        return any(map(has_words, side.elts))
    return isinstance(side, ast.Constant) and isinstance(side.value, str)


def literals(source: Source, name: str) -> list[str]:
    """Return the places where a file compares an attribute called `name` with words."""
    return [
        f"{source.path}:{state.lineno}"
        for state, words in comparisons(source.tree)
        if isinstance(state, ast.Attribute) and state.attr == name and has_words(words)
    ]


@pytest.mark.parametrize("name", ENUMS)
def test_states_are_compared_with_members_of_their_enum(name):
    sources = budgets.read(ROOT, ENUMS[name], (".py",))
    assert any(f".{name}" in source.text for source in sources)
    assert [place for source in sources for place in literals(source, name)] == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ('row.state == "open"', 1),
        ('"open" != row.state', 1),
        ('row.answers[0].state in ("open", State.DONE)', 1),
        ('row.state not in (*State.SEEKING, "matched")', 1),
        ('Row.state.in_(("sent", "agreed"))', 1),
        ('Row.state.not_in(["sent"])', 1),
        ('a.state == b.state == "open"', 1),
        ("row.state == State.OPEN", 0),
        ("row.state in State.SEEKING", 0),
        ("Row.state.in_(State.SEEKING)", 0),
        ('row.kind == "open"', 0),
        ("row.state is None", 0),
    ],
)
def test_they_are_found_wherever_they_are_compared(line, count):
    assert len(literals(Source("x.py", line), "state")) == count
