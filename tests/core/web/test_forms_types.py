"""Every type of field is asked in a form that can be filled in, or refused when the plugin loads."""

from __future__ import annotations

import enum
import inspect
from typing import Any

import pytest
from marshmallow import Schema
from marshmallow import fields as upstream
from werkzeug.datastructures import MultiDict

from entraide import Kind, fields, parties
from entraide.plugins.field_checks import unfit_fields
from entraide.web import forms


class Answer(enum.Enum):
    YES = 1


REQUIRED: dict[str, Any] = {
    "Nested": {"nested": Schema},
    "Pluck": {"nested": Schema, "field_name": "x"},
    "List": {"cls_or_instance": upstream.String},
    "Tuple": {"tuple_fields": [upstream.String()]},
    "Enum": {"enum": Answer},
    "Constant": {"constant": 1},
}
TYPED = {
    "String": ("deux mots", "deux mots"),
    "Integer": ("3", 3),
    "Decimal": ("3.5", 3.5),
    "Boolean": ("on", True),
    "Date": ("31/05/2027", "2027-05-31"),
    "Time": ("18 h 30", "18:30:00"),
    "Url": ("https://example.org/a", "https://example.org/a"),
    "Email": ("nom@example.org", "nom@example.org"),
    "List": ("un\n\n deux ", ["un", "deux"]),
    "Commune": ("Clamecy (58500)", "58079"),
}
"""What a person types into each control, and what is kept of it."""


def types() -> list[type[upstream.Field[Any]]]:
    known = [*vars(upstream).values(), *vars(fields).values()]
    made = {each for each in known if inspect.isclass(each) and issubclass(each, upstream.Field)}
    # What other types are made of is no type of its own.
    made -= {upstream.Mapping, upstream.Number, upstream._TemporalField}
    return sorted(made, key=lambda each: f"{each.__module__}.{each.__name__}")


def instance(of: type[upstream.Field[Any]], **options: Any) -> upstream.Field[Any]:
    return of(**REQUIRED.get(of.__name__, {}), **options)


def kept_of(field: upstream.Field[Any], typed: str) -> tuple[forms.Form, Any]:
    schema = Schema.from_dict({"x": parties(field, label="X")})()
    form = forms.read(schema, MultiDict([("x", typed)]))
    return form, schema.dump(form.values).get("x") if form.is_valid else None


@pytest.mark.parametrize("of", types(), ids=lambda of: f"{of.__module__}.{of.__name__}")
@pytest.mark.parametrize("is_listed", [False, True], ids=["one", "list"])
@pytest.mark.usefixtures("site")
def test_a_type_of_field_can_be_filled_in_or_is_refused(of, is_listed):
    if is_listed:
        field = fields.List(instance(of), required=True)
    else:
        field = instance(of, **({} if of is upstream.Constant else {"required": True}))
    schema = Schema.from_dict({"x": parties(field, label="X")})
    if refusals := unfit_fields([Kind("odd", "Odd", schema)], "odd"):
        assert "no form" in refusals[0]
        assert of.__name__ not in TYPED or is_listed
        return
    typed, kept = TYPED[next(name for name in TYPED if name == of.__name__)]
    form, value = kept_of(field, typed)
    assert form.errors == {}
    expected = [kept] if is_listed else kept
    assert value == expected or float(value[0] if is_listed else value) == kept
    again = forms.build(schema(), form.values).fields[0]
    assert again.is_required
    assert again.value or again.choices
    # A box that is not ticked says no.
    assert of.__name__ == "Boolean" or forms.read(schema(), MultiDict()).errors["x"]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (fields.List(fields.Integer()), "1\ndeux", "deux : Écrivez un nombre entier"),
        (
            fields.List(fields.String(), validate=upstream.validate.Length(max=2)),
            "a\nb\nc",
            "2 lignes",
        ),
        (
            fields.List(fields.String(), validate=upstream.validate.Length(2, 3)),
            "a",
            "de 2 à 3 lignes",
        ),
        (fields.List(fields.String(), validate=upstream.validate.Length(equal=2)), "a", "2 lignes"),
        (
            fields.List(fields.String(), validate=upstream.validate.Length(min=2)),
            "a",
            "moins 2 lignes",
        ),
        (fields.List(fields.String(), required=True), " \n ", "au moins une réponse"),
        (fields.List(fields.Date()), "31/02/2027", "31/02/2027 : "),
    ],
)
def test_what_is_wrong_with_lines_is_said_of_the_line(field, typed, words):
    form, _kept = kept_of(field, typed)
    assert words in str(form.errors["x"][0]).replace("\u00a0", " ")
    assert form.fields[0].value == "\n".join(filter(str.strip, typed.splitlines()))


@pytest.mark.parametrize(
    ("field", "own", "hint"),
    [
        (fields.List(fields.String()), "Ce qu’il faut.", "Ce qu’il faut. Une réponse par ligne."),
        (fields.List(fields.String()), "", "Une réponse par ligne."),
        (fields.Commune(), "", "Le nom ou le code postal."),
        (fields.Commune(), "Celle de l’école.", "Celle de l’école."),
        (fields.String(), "", ""),
    ],
)
def test_a_control_says_how_it_is_filled_in(field, own, hint):
    schema = Schema.from_dict({"x": parties(field, label="X", hint=own)})()
    assert str(forms.build(schema).fields[0].hint) == hint
