"""How offers of a kind are answered: what a plugin declares, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from marshmallow import Schema
from marshmallow import fields as upstream

Admission = Literal["agreement", "automatic"]
Counts = Literal["answer", "person"]
Occurrences = Literal["all", "each"]

SEATS = "places"
"""The field of an answer's schema that says how many seats it takes."""

TAKEN = frozenset({SEATS, "message", "occurrence", "csrf_token"})
"""What the form of an answer asks by itself, under these names."""


@dataclass(frozen=True, eq=False)
class Answers:
    """How people answer an offer of a kind; without a declaration the two sides agree.

    `admission`: with `agreement` whoever offers says yes or no to each answer; with `automatic` a
    free seat is taken at once. `schema` is what people are asked beside a message; its fields are
    marked with `parties`. `counts`: each `answer` takes one seat, or one for each `person`: the
    schema's field `places` says how many. `waiting_list`: who finds no seat stands in line, and a
    seat that is freed is offered to the first whom it suffices. `occurrences`: whoever answers a
    series comes to `all` of it, or chooses `each` day, which has all the seats. ValueError when a
    value is none of those possible.
    """

    admission: Admission = "agreement"
    schema: type[Schema] | None = None
    counts: Counts = "answer"
    waiting_list: bool = False
    occurrences: Occurrences = "all"

    def __post_init__(self) -> None:
        for wrong in self._mistakes():
            raise ValueError(f"Answers: {wrong}")

    def _mistakes(self) -> Iterator[str]:
        if self.admission not in get_args(Admission):
            yield f"admission={self.admission!r} is not one of {', '.join(get_args(Admission))}"
        if self.counts not in get_args(Counts):
            yield f"counts={self.counts!r} is not one of {', '.join(get_args(Counts))}"
        if self.occurrences not in get_args(Occurrences):
            yield f"occurrences={self.occurrences!r} is not one of {', '.join(get_args(Occurrences))}"
        if self.schema is None:
            fields: dict[str, Any] = {}
        elif isinstance(self.schema, type) and issubclass(self.schema, Schema):
            fields = self.schema().fields
        else:
            yield f"schema={self.schema!r} is not a class made from marshmallow.Schema"
            return
        yield from _mistakes_of_fields(fields)
        if self.counts == "person" and not isinstance(fields.get(SEATS), upstream.Integer):
            yield f'counts="person" needs a field {SEATS} = parties(fields.Integer(…)) in its schema'


def _mistakes_of_fields(fields: dict[str, upstream.Field[Any]]) -> Iterator[str]:
    for name, field in fields.items():
        mark = field.metadata.get("mark")
        if mark is None or mark.audience != "parties":
            yield f"its field {name} is not marked: only both sides read it, so write parties(…)"
        if name in TAKEN - {SEATS}:
            yield f"its field {name} has a name that every answer uses. Choose another one"
