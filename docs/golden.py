"""Everything public in one sorted text: what a plugin of API 1.0 relies on (`make docs`)."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import entraide
from entraide import fields, hookspecs, pages, testing
from entraide.testing import chaos

PATH = Path(__file__).parent / "reference" / "public-api.txt"
ROOMS = {
    "entraide": entraide,
    "entraide.pages": pages,
    "entraide.testing": testing,
    "entraide.testing.chaos": chaos,
}
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def lines() -> list[str]:
    """Return one line for each hook, public name, field of a declaration, and signature."""
    return sorted({*_hooks(), *_names()})


def _hooks() -> Iterator[str]:
    for name, value in vars(hookspecs).items():
        if hasattr(value, f"{hookspecs.PROJECT}_spec"):
            yield f"hook {name}{inspect.signature(value)}"


def _names() -> Iterator[str]:
    named = {room: list(module.__all__) for room, module in ROOMS.items()}
    own = [name for name in vars(fields) if _is_own(name)]
    for room, module in {**ROOMS, "entraide.fields": fields}.items():
        for name in named.get(room, own):
            yield from _lines_of(f"{room}.{name}", getattr(module, name))


def _is_own(name: str) -> bool:
    return (
        not name.startswith("_")
        and getattr(getattr(fields, name), "__module__", "") == fields.__name__
    )


def _lines_of(name: str, value: Any) -> Iterator[str]:
    if dataclasses.is_dataclass(value):
        yield f"class {name}"
        yield from (
            f"field {name}.{field.name}: {field.type}" for field in dataclasses.fields(value)
        )
    elif inspect.isclass(value):
        yield f"class {name}"
    elif inspect.isfunction(value):
        yield f"function {name}{ADDRESS.sub('', str(inspect.signature(value)))}"
    else:
        yield f"name {name}"


def changes(before: list[str], after: list[str]) -> str:
    """Say what was added and what was taken away; taking away is a major version."""
    gone, new = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    words = [f"added, run make docs: {line}" for line in new]
    words += [
        f"removed or changed, which is a major version of the hook API: {line}" for line in gone
    ]
    return "\n".join(words)
