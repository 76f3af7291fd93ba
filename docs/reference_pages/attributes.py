"""What a plugin may read of what it is handed: columns, fields, properties and methods of classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from typing import Any

from sqlalchemy import inspect as inspect_class
from sqlalchemy.orm import Mapper

import entraide
from entraide import pages
from entraide.classification import Marking

READ = (
    entraide.Actor,
    entraide.Member,
    entraide.Organisation,
    entraide.Offer,
    entraide.Listing,
    entraide.HelpRequest,
    entraide.Answer,
    pages.Form,
    pages.RowList,
)
INTERNAL = frozenset({"email_index", "roles_held", "name_asked_at", "reminded_at"})
"""What the core keeps for itself."""
PATH = "attributes.md"

HEAD = """# Attributes that a plugin may read

Of what hooks and pages are handed. What is not here is not public. "read by" is the audience of a column that describes a person.
"""


def write() -> str:
    """Return the page."""
    return HEAD + "".join(_table(known) for known in READ)


def _table(known: type) -> str:
    read = sorted(dict(_read(known)).items())
    rows = [f"| `{name}` | {words} |\n" for name, words in read if name not in INTERNAL]
    return f"\n## `{known.__name__}`\n\n| attribute | what it is |\n|---|---|\n" + "".join(rows)


def _read(known: type) -> Iterator[tuple[str, str]]:
    """Yield each public attribute of a class and what it is."""
    mapper: Any = inspect_class(known, raiseerr=False)
    if isinstance(mapper, Mapper):
        annotations = _annotations(known)
        for column in mapper.column_attrs:
            yield column.key, _column(annotations.get(column.key, ""), column.columns[0].info)
        for relation in mapper.relationships:
            yield relation.key, f"the `{relation.mapper.class_.__name__}`"
    elif is_dataclass(known):
        for field in fields_of(known):
            yield field.name, f"`{field.type}`".replace("|", "\\|")
    for name, value in _members(known):
        if isinstance(value, property):
            yield name, _first_sentence(value)
        elif inspect.isfunction(value):
            yield f"{name}({_arguments(value)})", _first_sentence(value)


def _annotations(known: type) -> dict[str, str]:
    return {
        name: str(words)
        for base in reversed(known.__mro__)
        for name, words in vars(base).get("__annotations__", {}).items()
    }


def _column(annotation: str, info: dict[str, Any]) -> str:
    kind = annotation.removeprefix("Mapped[").removesuffix("]").replace("|", "\\|")
    mark = info.get("mark")
    reader = f", read by {mark.audience}" if isinstance(mark, Marking) and mark.category else ""
    return f"`{kind}`{reader}"


def _members(known: type) -> Iterator[tuple[str, Any]]:
    for base in reversed(known.__mro__):
        if base.__module__.startswith("entraide") and base.__name__ != "Model":
            for name, value in vars(base).items():
                if not name.startswith("_") and inspect.getdoc(value):
                    yield name, value


def _arguments(function: Any) -> str:
    return ", ".join(name for name in inspect.signature(function).parameters if name != "self")


def _first_sentence(value: Any) -> str:
    return " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split()).replace("|", "\\|")
