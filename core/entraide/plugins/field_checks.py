"""What the fields of a kind may be: types that every door knows, names and sizes that travel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from marshmallow import fields as upstream

from entraide.fields import Commune, most_of
from entraide.kinds import Kind
from entraide.plugins.errors import place_of_field

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
"""How a field that leaves the site may be called: other sites refuse any other name."""

MOST_SIGNS = 10_000
"""Signs that all public fields of a federated kind hold at most: an offer has 16 KiB in all."""

SUPPORTED = (
    upstream.String,
    upstream.Integer,
    upstream.Decimal,
    upstream.Boolean,
    upstream.Date,
    upstream.Time,
    upstream.List,
)
REMEDIES: tuple[tuple[type[upstream.Field[Any]], str], ...] = (
    (upstream.Float, "Write fields.Decimal: it takes 3.5 and 3,5."),
    (upstream.DateTime, "Write a fields.Date and a fields.Time, or use the schedule of the kind."),
    (upstream.Mapping, "Declare one field for each part."),
    (upstream.Nested, "Declare one field for each part."),
    (upstream.UUID, "Write fields.String."),
)
ANY = "Write one of entraide.fields: String, Integer, Decimal, Boolean, Date, Time, List, Commune."


def unfit_fields(kinds: Iterable[Kind], plugin: str = "") -> list[str]:
    """Return one sentence per field that no form, page or other site could take as it is."""
    return [
        f"Plugin {plugin}: {place_of_field(kind, name)}the field {name} of {kind.schema.__name__} "
        f"(kind {kind.name}) {words}"
        for kind in kinds
        for name, words in _mistakes_of(kind)
    ]


def _mistakes_of(kind: Kind) -> Iterator[tuple[str, str]]:
    signs = 0
    for name, field in kind.schema().fields.items():
        is_public = field.metadata["mark"].audience == "public"
        if words := _mistake_in(field):
            yield name, words
        elif kind.federated and is_public:
            before, signs = signs, signs + _signs_of(field)
            if not NAME.fullmatch(name):
                yield (
                    name,
                    (
                        "is public and its name cannot travel: other sites take up to 40 of "
                        "a-z, A-Z, 0-9, _ and -, a letter first. Rename it; its label may be anything."
                    ),
                )
            elif before <= MOST_SIGNS < signs:
                yield (
                    name,
                    (
                        f"makes its public fields {signs} signs long together, and an offer with more "
                        f"than {MOST_SIGNS} cannot travel. Give validate=validate.Length(max=...)."
                    ),
                )


def _mistake_in(field: upstream.Field[Any]) -> str:
    """Return what is wrong with a field and how to mend it; empty when nothing is."""
    name = str(field.name or "")
    if name.startswith("$"):
        return "begins with $, which is kept for the core. Rename it."
    if field.data_key not in (None, name):
        return f"has data_key={field.data_key!r}, a second name. Take it out: a field has one name."
    inner = field.inner if isinstance(field, upstream.List) else field
    remedy = next((words for kind, words in REMEDIES if isinstance(inner, kind)), "")
    if inner is not field and isinstance(inner, Commune):
        return "is a List of Commune, which no form asks for. Declare one Commune for each place."
    if inner is not field and isinstance(inner, upstream.Boolean):
        return "is a List of Boolean, which no form asks for. Write fields.some_of([…])."
    is_list_of_lists = inner is not field and isinstance(inner, upstream.List)
    if remedy or is_list_of_lists or not isinstance(inner, SUPPORTED):
        kind_of = "List of lists" if is_list_of_lists else type(inner).__name__
        return f"is a {kind_of}, which no form and no page shows. {remedy or ANY}"
    return ""


def _signs_of(field: upstream.Field[Any]) -> int:
    """Return how many signs the values of a field may have; numbers, days and times count 20."""
    if isinstance(field, upstream.List):
        return (most_of(field) or 0) * _signs_of(field.inner)
    return most_of(field) or 20
