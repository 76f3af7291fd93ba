"""Local names are nouns of the thing that they hold."""

from __future__ import annotations

import ast
from pathlib import Path

import budgets
import names
from budgets import Source

ROOT = Path(__file__).parents[2]


def test_words_of_our_own_are_rare():
    folders = ("core", "federation", "plugins")
    product = [
        source
        for source in budgets.read(ROOT, folders, (".py",))
        if "/migrations/" not in source.path
    ]
    assert names.share(product) < names.MOST, names.dialect(product)


def test_they_are_counted_wherever_a_name_is_bound():
    text = "def f(one, x):\n    for found in x:\n        said = [told for told in found]\n"
    source = Source("x.py", text)
    assert names.dialect([source]) == {"x.py": 4}
    assert names.share([source]) == 4 / 5


def test_no_class_of_core_and_federation_has_the_name_of_another():
    places: dict[str, list[str]] = {}
    for source in budgets.read(ROOT, ("core", "federation"), (".py",)):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(source.path)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
