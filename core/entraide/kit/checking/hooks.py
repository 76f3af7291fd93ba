"""Whether the annotations of a plugin's hooks are those of the specification."""

from __future__ import annotations

import ast
import re

from entraide import hookspecs
from entraide.kit.candidate import Candidate
from entraide.kit.checking.source import modules
from entraide.kit.findings import Finding

ITERABLES = {"Iterable", "Iterator"}
LABELS = {"MailCategory", "JournalAction", "Scope"}
"""What `Label` stands for in the specification: a plugin says which of them it yields."""


def annotated_as_specified(plugin: Candidate) -> list[Finding]:
    """Name the hooks whose arguments or result are annotated otherwise, or not at all."""
    known = _specified()
    return [
        finding
        for path, tree in modules(plugin)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in known and _is_hook(node)
        for finding in _compare(plugin.place(path, node.lineno), node, known[node.name])
    ]


def _specified() -> dict[str, ast.FunctionDef]:
    with open(hookspecs.__file__, encoding="utf-8") as file:  # noqa: PTH123 - a module's own file
        tree = ast.parse(file.read())
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _is_hook(node: ast.FunctionDef) -> bool:
    return any("hookimpl" in ast.unparse(mark) for mark in node.decorator_list)


def _compare(place: str, node: ast.FunctionDef, spec: ast.FunctionDef) -> list[Finding]:
    types = {argument.arg: argument.annotation for argument in spec.args.args}
    wrong = [
        f"{argument.arg}: {_words(argument.annotation)} instead of {_words(types[argument.arg])}"
        for argument in node.args.args
        if argument.arg in types and not _is_wider(argument.annotation, types[argument.arg])
    ]
    if not _is_narrower(node.returns, spec.returns):
        wrong.append(f"-> {_words(node.returns)} instead of -> {_words(spec.returns)}")
    return [
        Finding(
            "silver",
            f"{node.name} is annotated otherwise than the hook: {sentence}",
            place,
            "A checker of types can only find a wrong answer when the annotation is the hook's.",
            "Copy the annotation from docs/reference/hooks.md.",
        )
        for sentence in wrong
    ]


def _words(node: ast.expr | None) -> str:
    # `events.Event` is `Event`, however it was imported.
    return re.sub(r"\b\w+\.", "", ast.unparse(node)) if node else "nothing"


def _is_wider(own: ast.expr | None, spec: ast.expr | None) -> bool:
    # `object` takes whatever comes.
    return own is not None and _words(own) in (_words(spec), "object", "Any")


def _is_narrower(own: ast.expr | None, spec: ast.expr | None) -> bool:
    if own is None:
        return False
    if _names_of(own) <= LABELS and _words(spec) == "Iterable[Label]":
        return True
    answers = set(_words(own).replace("Iterator", "Iterable").split(" | "))
    return answers <= set(_words(spec).split(" | "))


def _names_of(annotation: ast.expr) -> set[str]:
    # What an `Iterable[A | B]` yields; the name of another annotation is no label.
    if isinstance(annotation, ast.Subscript) and _words(annotation.value) in ITERABLES:
        return set(_words(annotation.slice).split(" | "))
    return {_words(annotation)}
