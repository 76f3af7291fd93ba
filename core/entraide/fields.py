"""Payload fields of kinds: marshmallow's, with strict numbers, a label and an audience."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal as DecimalNumber
from typing import Any, TypeVar

from marshmallow import ValidationError, validate
from marshmallow import fields as upstream
from marshmallow.fields import Boolean, Date, Email, List, String, Time

from entraide.classification import Audience, Category, Marking
from entraide.field_options import check_options, mistake_in_choices
from entraide.i18n import Text

__all__ = [
    "Boolean",
    "Commune",
    "Date",
    "Decimal",
    "Email",
    "Integer",
    "List",
    "String",
    "Time",
    "Url",
    "members",
    "one_of",
    "parties",
    "public",
    "sealed",
    "some_of",
    "staff",
]

AnyField = TypeVar("AnyField", bound=upstream.Field[Any])
FACETS = (False, True, "at_most", "at_least", "exact")
COMPARED = (upstream.Number, Date, Time)
"""Fields whose values have an order: "at most", "at least"."""

LONGEST_LINE, LONGEST_URL, LONGEST_EMAIL, MOST_ITEMS = 200, 2000, 254, 20
"""Bounds of a public text, address and list that gives none: without one it could not travel."""

CODE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_DIGITS = re.compile(r"[+-]?[0-9]{1,16}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,6})?")


class Integer(upstream.Integer):
    """A whole number: an integer in JSON, ASCII digits in a form; never 1.9, True or ٣."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        is_digits = isinstance(value, str) and _DIGITS.fullmatch(value.strip())
        if not is_digits and (isinstance(value, bool) or not isinstance(value, int)):
            raise ValidationError("Not a whole number.")
        return super()._deserialize(value, attr, data, **kwargs)


class Decimal(upstream.Decimal):
    """An amount: a number in JSON, in a form ASCII digits with a comma or a point; 3,50 is 3.5."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        is_amount = isinstance(value, int | float | DecimalNumber) and not isinstance(value, bool)
        written = str(value).strip()
        if not (is_amount or isinstance(value, str)) or not _DECIMAL.fullmatch(written):
            raise ValidationError("Not a valid number.")
        return super()._deserialize(written.replace(",", "."), attr, data, **kwargs)


class Commune(String):
    """A commune: asked by its name or postal code, kept as its INSEE code, shown by its name.

    Programs send the code, or the object with `code` and `name` that the API gives out.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        code = value.get("code") if isinstance(value, dict) else value
        if not isinstance(code, str) or not CODE.fullmatch(code):
            raise ValidationError("Give the INSEE code of a commune, for example 58079.")
        return super()._deserialize(code, attr, data, **kwargs)


def is_amount(value: Any) -> bool:
    """Return whether a text is written like an amount, with a comma or a point."""
    return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None


class Url(upstream.Url):
    """The address of a page: http or https, with a dot in its host."""

    def __init__(self, **options: Any) -> None:
        super().__init__(schemes={"http", "https"}, **options)


def one_of(choices: Sequence[tuple[str, Text]], **options: Any) -> String:
    """Return a field that holds one of `choices`: pairs of a value and its words.

    What a form asks with it stands in `metadata={"label": …}`, as of any field, or in a mark.
    ValueError when they are no pairs.
    """
    if mistake := mistake_in_choices(choices):
        raise ValueError(f"one_of(): {mistake}")
    values = [value for value, _words in choices]
    metadata = {**options.pop("metadata", {}), "choices": list(choices)}
    return String(validate=validate.OneOf(values), metadata=metadata, **options)


def some_of(choices: Sequence[tuple[str, Text]], **options: Any) -> List[str]:
    """Return a field that holds at least one of `choices`, and no more than there are.

    ValueError when they are no pairs of a value and its words.
    """
    if mistake := mistake_in_choices(choices):
        raise ValueError(f"some_of(): {mistake}")
    length = validate.Length(1, len(choices))
    metadata = {**options.pop("metadata", {}), "choices": list(choices)}
    return List(one_of(choices), validate=length, metadata=metadata, **options)


def _marked(field: AnyField, audience: Audience, label: Text, **options: Any) -> AnyField:
    check_options(audience, {"label": label, **options})
    category: Category = options.pop("category", "free_text")
    mark = Marking(
        "personal" if audience != "public" else "neutral",
        audience,
        category,
        purpose=options.pop("purpose", ""),
    )
    field.metadata = {**field.metadata, "mark": mark, "label": label, **options}
    return field


def public(field: AnyField, *, label: Text, **options: Any) -> AnyField:
    """Mark a field that everyone may read and that federates; `facet=True` makes it a filter.

    A filter by a number means "at most" (a price); `facet="at_least"` means the contrary (a
    distance that somebody is ready to go), `facet="exact"` that very number. A filter by a day or
    a time means that one; `"at_most"` and `"at_least"` make it the latest or the earliest.
    ValueError for anything else. A text without a bound gets one: 200 characters, 2,000 for an
    address of a page; give `validate.Length(max=...)` for another.

    On a request it is shown to whoever may see the request. Options: `hint`, `facet`, `choices`;
    `unit`, what stands behind a number ("km"); `zero`, the words for 0 ("Free"); `no`, the words for "no", which pages leave out otherwise;
    `unset`, the words for no answer to a choice ("I do not know");
    `missing`, what to do when a required answer is not there ("Please tick one class or more").
    """
    if options.get("facet", False) not in FACETS:
        raise ValueError(f"facet={options['facet']!r} is not one of {FACETS}")
    if options.get("facet") in ("at_most", "at_least") and not isinstance(field, COMPARED):
        raise ValueError(
            f"a {type(field).__name__} has no order: facet={options['facet']!r} compares numbers, "
            "days and times. Write facet=True"
        )
    _bound(field)
    return _marked(field, "public", label, **options)


def _bound(field: upstream.Field[Any]) -> None:
    """Give a text, and a list of them, the bound that it lacks."""
    if most_of(field) is not None:
        pass
    elif isinstance(field, upstream.List):
        field.validators.append(validate.Length(max=MOST_ITEMS))
    elif isinstance(field, String):
        sizes = ((upstream.Url, LONGEST_URL), (Email, LONGEST_EMAIL), (String, LONGEST_LINE))
        size = next(size for kind, size in sizes if isinstance(field, kind))
        field.validators.append(validate.Length(max=size))
    if isinstance(field, upstream.List):
        _bound(field.inner)


def most_of(field: upstream.Field[Any]) -> int | None:
    """Return how many characters or items a field takes at most; None when it does not say."""
    if isinstance(field, Commune):
        return len("58079")
    sizes = [
        rule.equal or rule.max for rule in field.validators if isinstance(rule, validate.Length)
    ]
    sizes += [
        max(len(str(choice)) for choice in rule.choices)
        for rule in field.validators
        if isinstance(rule, validate.OneOf) and rule.choices
    ]
    return min((size for size in sizes if size is not None), default=None)


def members(field: AnyField, *, label: Text, **options: Any) -> AnyField:
    """Mark a field that every logged-in member may read; on a request the chosen helper only."""
    return _marked(field, "members", label, **options)


def staff(field: AnyField, *, label: Text, **options: Any) -> AnyField:
    """Mark a field for the association: of an offer, its coordinators and the administrators.

    On a request it is read by the chosen helper who answered for an association.
    """
    return _marked(field, "staff", label, **options)


def parties(field: AnyField, *, label: Text, **options: Any) -> AnyField:
    """Mark a field for those concerned: on a request the helper with whom its author agreed.

    On an offer whoever takes part in it reads the field too: who has a seat, or its author's yes.
    """
    return _marked(field, "parties", label, **options)


def sealed(field: AnyField, *, label: Text, **options: Any) -> AnyField:
    """Mark a field for a referent alone. No page opens one yet: a kind that has it does not load."""
    return _marked(field, "sealed", label, **options)


def label_of(name: str, schema_field: upstream.Field[Any]) -> Text:
    """Return what a field is called where its value stands without the unit: `Distance (km)`."""
    label: Text = schema_field.metadata.get("label", name)
    unit = str(schema_field.metadata.get("unit", ""))
    return f"{label} ({unit})" if unit else label


def choices_of(schema_field: upstream.Field[Any]) -> list[tuple[str, Text]]:
    """Return the values that a field accepts with their labels; empty when it is free."""
    if isinstance(schema_field, upstream.List):
        return [*schema_field.metadata.get("choices", ())] or choices_of(schema_field.inner)
    if "choices" in schema_field.metadata:
        return [(str(value), label) for value, label in schema_field.metadata["choices"]]
    for rule in schema_field.validators:
        if isinstance(rule, validate.OneOf):
            return [(str(value), str(value)) for value in rule.choices]
    return []
