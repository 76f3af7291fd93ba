"""Payload fields: strict numbers, choices, audiences."""

from __future__ import annotations

from decimal import Decimal

import pytest
from marshmallow import Schema, ValidationError, validate

from entraide import fields


class Sample(Schema):
    age = fields.public(fields.Integer(validate=validate.Range(0, 36)), label="Age")


@pytest.mark.parametrize(
    ("given", "loaded"), [(3, 3), ("3", 3), (" 12 ", 12), ("+7", 7), ("-0", 0), (0, 0)]
)
def test_whole_number(given, loaded):
    assert Sample().load({"age": given}) == {"age": loaded}


@pytest.mark.parametrize(
    "given", [1.0, 1.9, "1.9", True, "٣", "1e3", "0x1", "1_0", "", "99999999999999999", [], {}, "x"]
)
def test_not_a_whole_number(given):
    with pytest.raises(ValidationError) as caught:
        Sample().load({"age": given})
    assert caught.value.messages == {"age": ["Not a whole number."]}


def test_none_is_refused_as_none():
    with pytest.raises(ValidationError, match="may not be null"):
        Sample().load({"age": None})


@pytest.mark.parametrize("audience", ["public", "members", "staff", "parties", "sealed"])
def test_each_audience_marks_its_field(audience):
    wrapper = getattr(fields, audience)
    field = wrapper(fields.String(), label="Words", hint="Two lines")
    mark = field.metadata["mark"]
    assert (mark.audience, mark.category, mark.retention) == (audience, "free_text", "")
    with pytest.raises(ValueError, match="nothing keeps a term of a single field"):
        wrapper(fields.String(), label="Words", retention="P1Y after updated_at")
    assert mark.kind == ("neutral" if audience == "public" else "personal")
    assert field.metadata["label"] == "Words"
    assert field.metadata["hint"] == "Two lines"


def test_wrappers_assign_a_new_metadata_dict():
    shared = {"facet": True}
    first, second = fields.String(metadata=shared), fields.String(metadata=shared)
    fields.public(first, label="One")
    fields.parties(second, label="Two")
    assert first.metadata["label"] == "One"
    assert second.metadata["mark"].audience == "parties"


@pytest.mark.parametrize("category", ["child", "health", "judicial", "belief", "finance"])
def test_sensitive_fields_need_a_purpose_and_are_never_public(category):
    with pytest.raises(ValueError, match="needs purpose="):
        fields.parties(fields.String(), label="Words", category=category)
    with pytest.raises(ValueError, match="may not be public"):
        fields.public(fields.String(), label="Words", category=category, purpose="help")
    field = fields.parties(fields.String(), label="Words", category=category, purpose="help")
    assert field.metadata["mark"].is_encrypted


CHOICES = [("a", "Letter a"), ("b", "Letter b")]


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        (fields.one_of(CHOICES), CHOICES),
        (fields.some_of(CHOICES), CHOICES),
        (fields.List(fields.one_of(CHOICES)), CHOICES),
        (fields.String(validate=validate.OneOf(["x", 1])), [("x", "x"), ("1", "1")]),
        (fields.String(validate=validate.Length(max=3)), []),
        (fields.Integer(), []),
    ],
)
def test_choices_of(field, choices):
    assert fields.choices_of(field) == choices


def test_choices_are_checked():
    schema = Schema.from_dict({"one": fields.one_of(CHOICES), "some": fields.some_of(CHOICES)})()
    assert schema.load({"one": "a", "some": ["b"]}) == {"one": "a", "some": ["b"]}
    with pytest.raises(ValidationError) as caught:
        schema.load({"one": "c", "some": []})
    assert set(caught.value.messages) == {"one", "some"}


class Priced(Schema):
    price = fields.public(fields.Decimal(), label="Price")


@pytest.mark.parametrize(
    ("given", "loaded"),
    [("3,50", "3.50"), (" 3.5 ", "3.5"), ("12", "12"), (3, "3"), (3.5, "3.5"), ("-0,25", "-0.25")],
)
def test_amount(given, loaded):
    assert Priced().load({"price": given}) == {"price": Decimal(loaded)}


@pytest.mark.parametrize(
    "given", ["3,5,0", "1e9", "٣", "nan", "inf", "x", "", True, [], {}, float("nan"), 1e300]
)
def test_not_an_amount(given):
    with pytest.raises(ValidationError) as caught:
        Priced().load({"price": given})
    assert caught.value.messages == {"price": ["Not a valid number."]}


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("https://example.org/a", True),
        ("http://example.org", True),
        ("ftp://example.org", False),
        ("javascript:alert(1)", False),
        ("example.org", False),
    ],
)
def test_address_of_a_page(given, is_taken):
    errors = Schema.from_dict({"page": fields.Url()})().validate({"page": given})
    assert (errors == {}) is is_taken


@pytest.mark.parametrize("field", [fields.one_of, fields.some_of])
def test_a_choice_takes_a_label_and_a_mark_and_keeps_its_choices(field):
    plain = field(CHOICES, metadata={"label": "Which?", "hint": "One."})
    assert plain.metadata == {"label": "Which?", "hint": "One.", "choices": CHOICES}
    marked = fields.members(field(CHOICES, required=True), label="Which?", unset="Any")
    assert (marked.metadata["unset"], fields.choices_of(marked)) == ("Any", CHOICES)
