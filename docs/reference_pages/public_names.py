"""The page of the public names: what a plugin may import, with signatures and first sentences."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import entraide
from entraide import classification, fields, i18n, pages, testing
from entraide.hook_policies import POLICIES
from entraide.testing import chaos
from entraide.web import templating

PATH = "public-names.md"
TEMPLATE_FOLDER = Path(entraide.__file__).parent / "templates"
MACRO = re.compile(r"{% macro (\w+\([^%]*\)) -?%}")
BLOCK = re.compile(r"{% block (\w+) %}")

HEAD = """# Public names

What a plugin may import and use. Everything else changes without notice, and
`entraide plugin check` names it. With their arguments they stand in
[public-api.txt](public-api.txt); what may be read of the classes is in [attributes](attributes.md).
"""


def write() -> str:
    """Return the page."""
    parts = [HEAD]
    for room, names in rooms().items():
        parts.append(f"\n## `{room}`\n\n| name | what it is |\n|---|---|\n")
        parts += [f"| `{name}` | {words} |\n" for name, words in names.items()]
    parts.append("\n## Marks\n\nAudiences: " + _listed(get_args(classification.Audience)))
    parts.append(".\n\nCategories: " + _listed(get_args(classification.Category)) + ".\n")
    parts.append(_templates())
    parts.append(_faults())
    return "".join(parts)


def rooms() -> dict[str, dict[str, str]]:
    """Return each public module's names with their first sentences."""
    return {
        "entraide": _described(entraide, entraide.__all__),
        "entraide.pages": _described(pages, pages.__all__),
        "entraide.fields": _described(fields, _defined(fields)),
        "entraide.testing": _described(testing, testing.__all__),
        "entraide.testing.chaos": _described(chaos, chaos.__all__),
    }


def _defined(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None)
    return sorted(names or (name for name in vars(module) if _is_own(module, name)))


def _is_own(module: ModuleType, name: str) -> bool:
    value = getattr(module, name)
    return not name.startswith("_") and getattr(value, "__module__", "") == module.__name__


def _described(module: ModuleType, names: list[str]) -> dict[str, str]:
    return {name: _words(getattr(module, name), module, name) for name in sorted(names)}


def _words(value: Any, module: ModuleType, name: str) -> str:
    value = inspect.unwrap(getattr(value, "_fixture_function", value))
    is_described = callable(value) or inspect.ismodule(value)
    text = inspect.getdoc(value) if is_described else _comment(module, name)
    sentence = " ".join((text or "").partition("\n\n")[0].split()).replace("|", "\\|")
    return sentence or f"`{type(value).__name__}`"


def _comment(module: ModuleType, name: str) -> str:
    """Return the string that stands below a constant where it is assigned."""
    value = getattr(module, name)
    homes = [home for known, home in sorted(sys.modules.items()) if known.startswith("entraide.")]
    for home in homes:
        if vars(home).get(name) is not value:
            continue
        body = ast.parse(inspect.getsource(home)).body
        for node, after in pairwise(body):
            is_it = isinstance(node, ast.Assign) and name in _assigned(node)
            if is_it and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                return str(after.value.value)
    return ""


def _assigned(node: ast.Assign) -> list[str]:
    return ast.unparse(node.targets[0]).strip("()").split(", ")


def _faults() -> str:
    parts = ["\n## Faults\n\nWhat `entraide.testing.chaos` makes a hook do.\n"]
    parts.append("\n| fault | the hook | makes no sense for |\n|---|---|---|\n")
    for fault in chaos.FAULTS.values():
        reasons: dict[str, list[str]] = {}
        for hook in chaos.hooks():
            if reason := fault.why_not(POLICIES[hook]):
                reasons.setdefault(reason, []).append(f"`{hook}`")
        senseless = "; ".join(f"{', '.join(known)}: {why}" for why, known in reasons.items())
        parts.append(f"| `{fault.name}` | {fault.words} | {senseless} |\n")
    return "".join(parts)


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _templates() -> str:
    base = (TEMPLATE_FOLDER / "base.html").read_text("utf-8")
    blocks = _listed(tuple(BLOCK.findall(base)))
    parts = [f"\n## Templates\n\n`base.html` has the blocks {blocks}.\n"]
    parts.append("\n| file | macros |\n|---|---|\n")
    for path in sorted((TEMPLATE_FOLDER / "components").glob("*.html")):
        if macros := MACRO.findall(path.read_text("utf-8")):
            shown = ", ".join(f"`{macro}`" for macro in macros).replace("|", "\\|")
            parts.append(f"| `components/{path.name}` | {shown} |\n")
    parts.append("\n| filter | what it does |\n|---|---|\n")
    mails = {*i18n.FILTERS, "commune"}
    for name, function in sorted(templating.FILTERS.items()):
        where = "" if name in mails else " Pages only."
        parts.append(f"| `{name}` | {_words(function, templating, name)}{where} |\n")
    parts.append(
        "\n`day(date)` takes a `date`, `moment(time)` an aware `datetime`, which it shows in French "
        "time;\na time of day is `{{ row.leaves_at|hourformat }}`.\n"
    )
    return "".join(parts)
