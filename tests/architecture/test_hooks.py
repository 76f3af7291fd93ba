"""Each hook has a specification, a policy, a shipped user and a test of its name."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from entraide import hookspecs
from entraide.hook_policies import POLICIES

ROOT = Path(__file__).parents[2]
HOOKS = [name for name, value in vars(hookspecs).items() if hasattr(value, "entraide_spec")]
SHIPPED = ("core/entraide", "federation", "plugins")


def implementations(folders: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the modules that implement each hook: hook → paths."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef) and _is_implementation(node):
                    found.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    return found


def _is_implementation(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(one).startswith("hookimpl") for one in node.decorator_list)


def test_every_hook_has_a_policy_and_every_policy_a_hook():
    assert set(HOOKS) == set(POLICIES)


def test_every_hook_has_a_shipped_user():
    assert set(HOOKS) - set(implementations(SHIPPED)) == set()


def test_every_implementation_has_a_hook():
    assert set(implementations(SHIPPED)) - set(HOOKS) == set()


def test_every_hook_has_a_test_of_its_name():
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in HOOKS if f"def test_hook_{name}" not in tests] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_arguments_and_result_are_typed_and_explained(hook):
    signature = inspect.signature(getattr(hookspecs, hook))
    types = [one.annotation for one in signature.parameters.values()]
    assert inspect.Signature.empty not in [*types, signature.return_annotation]
    assert inspect.getdoc(getattr(hookspecs, hook))


def test_first_result_policies_are_those_of_the_specification():
    first = {name for name in HOOKS if getattr(hookspecs, name).entraide_spec["firstresult"]}
    assert first == {name for name, policy in POLICIES.items() if policy.is_first_result}


def test_every_hook_is_asked_by_a_function_of_its_own_or_collected_at_the_start():
    folders = [ROOT / "core" / "entraide", ROOT / "federation" / "entraide_federation"]
    written = {path: path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py")}
    strangers = [
        path.relative_to(ROOT).as_posix()
        for path, text in written.items()
        if re.search(r"\bask(_plugin)?\(\s*(\w+,\s*)?\"", text) and path.name != "asks.py"
    ]
    assert strangers == []
