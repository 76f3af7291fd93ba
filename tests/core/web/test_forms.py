"""Forms from marshmallow schemas."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from marshmallow import Schema, ValidationError, validate
from werkzeug.datastructures import MultiDict

from entraide import clock, fields
from entraide.i18n import catalogue, speaking
from entraide.web import forms

CHOICES = (("a", "Letter a"), ("b", "Letter b"))


class Sample(Schema):
    title = fields.String(required=True, validate=validate.Length(min=1, max=80))
    story = fields.parties(
        fields.String(validate=validate.Length(max=400)), label="Story", hint="Two lines"
    )
    age = fields.public(fields.Integer(validate=validate.Range(0, 36)), label="Age")
    day = fields.Date()
    email = fields.Email()
    one = fields.one_of(CHOICES)
    some = fields.List(fields.one_of(CHOICES))
    agreed = fields.Boolean()
    free = fields.String()
    secret = fields.String(metadata={"kind": "password"})
    made = fields.String(dump_only=True)


FULL = {
    "title": " Un titre ",
    "story": "Une\nhistoire",
    "age": "7",
    "day": "2027-05-31",
    "email": "parent3@example.org",
    "one": "a",
    "some": ["a", "b"],
    "agreed": "on",
}


def test_what_is_shown():
    shown = {one.name: one for one in forms.build(Sample()).fields}
    assert "made" not in shown
    assert {name: one.kind for name, one in shown.items()} == {
        "title": "text",
        "story": "textarea",
        "age": "integer",
        "day": "date",
        "email": "email",
        "one": "choice",
        "some": "choices",
        "agreed": "boolean",
        "free": "text",
        "secret": "password",
    }
    assert shown["title"].is_required
    assert shown["title"].maxlength == 80
    assert (shown["story"].label, shown["story"].hint) == ("Story", "Two lines")
    assert shown["some"].choices == list(CHOICES)
    assert (shown["some"].value, shown["free"].value) == ([], "")


def test_build_with_values():
    form = forms.build(Sample(), {"title": "Un titre", "some": ["a"]})
    assert form.is_valid
    assert {one.name: one.value for one in form.fields if one.value} == {
        "title": "Un titre",
        "some": ["a"],
    }


def test_read_loads_what_was_sent():
    form = forms.read(Sample(), MultiDict(FULL))
    assert form.is_valid
    assert form.values["title"] == "Un titre"
    assert form.values["story"] == "Une\nhistoire"
    assert form.values["age"] == 7
    assert form.values["day"].isoformat() == "2027-05-31"
    assert form.values["some"] == ["a", "b"]
    assert form.values["agreed"] is True


def test_empty_means_absent():
    form = forms.read(Sample(), MultiDict({"title": "x", "age": "", "day": "  ", "some": ""}))
    assert form.is_valid
    assert form.values == {"title": "x", "agreed": False}


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"title": ""}, "title", "Please fill in this field."),
        ({"age": "1.9"}, "age", "Please write a whole number, for example 3."),
        ({"age": "99"}, "age", "36"),
        ({"day": "31/13/2027"}, "day", "Please give a day that exists, for example 31/05/2027."),
        ({"day": "bientôt"}, "day", "Please give a day that exists, for example 31/05/2027."),
        ({"email": "parent3"}, "email", "Please write an e-mail address, for example"),
        ({"one": "c"}, "one", "one of"),
        ({"some": ["a", "z"]}, "some", "one of"),
        ({"title": "x" * 81}, "title", "81 characters, 1 too many."),
        ({"story": "x" * 2134}, "story", "2,134 characters, 1,734 too many."),
        ({"title": "a\u202eb"}, "title", "Remove the sign U+202E (character 2)"),
        ({"story": "a\x00b"}, "story", "Remove the sign U+0000 (character 2)"),
        ({"free": "two\nlines"}, "free", "remove the line end U+000A (character 4)"),
        ({"title": "\u200b\u3164"}, "title", "Please fill in this field."),
    ],
)
def test_mistakes_are_said_at_their_field_and_nothing_is_lost(change, name, words):
    sent = MultiDict(FULL | change)
    with speaking("en"):
        form = forms.read(Sample(), sent)
        assert not form.is_valid
        assert list(form.errors) == [name]
        assert words in str(form.errors[name][0])
    kept = {one.name: one.value for one in form.fields}
    assert kept["email"] == sent["email"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Aide \u200een maths\u200f", "Aide en maths"),
        ("Aide \u061cen maths", "Aide en maths"),
        ("Aide\x0ben maths", "Aide en maths"),
        ("Aide\u2028en\x0cmaths\u2029", "Aide en maths"),
    ],
)
def test_what_nobody_sees_in_one_line_is_no_mistake(typed, kept):
    form = forms.read(Sample(), MultiDict({"title": typed}))
    assert form.errors == {}
    assert form.values["title"] == kept


def test_every_field_with_a_refused_sign_is_named_and_the_others_are_checked():
    sent = MultiDict(FULL | {"title": "a\u202e", "story": "\x01", "age": "99"})
    assert sorted(forms.read(Sample(), sent).errors) == ["age", "story", "title"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (fields.some_of(CHOICES, required=True), "Please tick at least one answer."),
        (fields.one_of(CHOICES, required=True), "Please choose one of the answers."),
        (fields.Date(required=True), "Please give a day."),
        (fields.Time(required=True), "Please give a time."),
        (fields.Email(required=True), "Please write an e-mail address."),
        (fields.Integer(required=True), "Please write a number."),
        (fields.String(required=True), "Please fill in this field."),
        (fields.String(required=True, metadata={"missing": "Name it."}), "Name it."),
    ],
)
def test_a_missing_answer_says_what_to_do(field, words):
    schema = Schema.from_dict({"value": field})()
    with speaking("en"):
        errors = forms.read(schema, MultiDict()).errors
        assert [str(message) for message in errors["value"]] == [words]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-12-12", "2026-12-12"),
        ("12/12/2026", "2026-12-12"),
        ("12.12.2026", "2026-12-12"),
        ("12-12-2026", "2026-12-12"),
        ("1/2/2027", "2027-02-01"),
        ("01 02 2027", "2027-02-01"),
        (" 12 / 12 / 2026 ", "2026-12-12"),
        ("12/12/26", "2026-12-12"),
        ("1er janvier 2027", "2027-01-01"),
        ("Samedi 12 décembre 2026", "2026-12-12"),
        ("3 AOÛT 2027", "2027-08-03"),
        ("29 fevrier 2028", "2028-02-29"),
        ("2026/1/5", "2026-01-05"),
    ],
)
def test_days_are_read_as_people_type_them(typed, day):
    form = forms.read(Sample(), MultiDict(FULL | {"day": typed}))
    assert (form.is_valid, str(form.values["day"])) == (True, day)


SUNDAY = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
WITHOUT_YEAR = [
    ("12 décembre", "2026-12-12"),
    ("sam. 12 déc.", "2026-12-12"),
    ("12/12", "2026-12-12"),
    ("samedi 12/12", "2026-12-12"),
    ("le samedi 12 décembre", "2026-12-12"),
    ("22/11", "2026-11-22"),
    ("21/11", "2027-11-21"),
    ("1er janv.", "2027-01-01"),
    ("Dec 12", "2026-12-12"),
    ("Saturday, December 12th, 2026", "2026-12-12"),
    ("12 dec 2026", "2026-12-12"),
    ("demain", "2026-11-23"),
    ("Aujourd’hui", "2026-11-22"),
    ("après-demain", "2026-11-24"),
    ("١٢/١٢/٢٠٢٦", "2026-12-12"),
    ("5 fe\u0301v. 27", "2027-02-05"),
    ("3 août", "2027-08-03"),
]


@pytest.mark.parametrize(("typed", "day"), WITHOUT_YEAR)
def test_a_day_without_a_year_is_the_next_one(typed, day):
    with clock.using(clock.FakeClock(SUNDAY)):
        form = forms.read(Sample(), MultiDict(FULL | {"day": typed}))
    assert (form.is_valid, str(form.values["day"])) == (True, day)


@pytest.mark.parametrize(
    "typed",
    [
        "29/02/2027",
        "31/04/2027",
        "12/2026",
        "0/1/2027",
        "le 5",
        "12",
        "31/11",
        "29 février",
        "12 décembre-ish",
        "lundi",
        "12 machin",
        "décembre 2026",
        "12 12 12 12",
    ],
)
def test_what_is_no_day_is_kept_as_typed_and_refused(typed):
    with clock.using(clock.FakeClock(SUNDAY)):
        form = forms.read(Sample(), MultiDict(FULL | {"day": typed}))
    assert (form.is_valid, form.values["day"]) == (False, typed)


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("08:15", "08:15:00"),
        ("8:15", "08:15:00"),
        ("8h15", "08:15:00"),
        ("8 h 15", "08:15:00"),
        ("8 h", "08:00:00"),
        ("8H", "08:00:00"),
        ("18h", "18:00:00"),
        ("18.30", "18:30:00"),
        ("8 heures 15", "08:15:00"),
        ("8", "08:00:00"),
        ("24h", None),
        ("8:75", None),
        ("midi", None),
        ("815", None),
        ("8:5", None),
    ],
)
def test_times_are_read_as_people_type_them(typed, hour):
    schema = Schema.from_dict({"at": fields.Time()})()
    form = forms.read(schema, MultiDict({"at": typed}))
    assert (str(form.values["at"]) if form.is_valid else None) == hour


def test_a_mistake_of_an_unknown_field_is_said_at_the_first():
    form = forms.build(Sample())
    form.add_error("no_such_field", "Strange.")
    assert form.errors == {"title": ["Strange."]}


def test_unknown_fields_of_a_browser_are_not_loaded():
    assert "role" not in forms.read(Sample(), MultiDict(FULL | {"role": "admin"})).values


OWN = catalogue("words_of_a_test", fr={"At most {max}.": "{max} au plus.", "Say it.": "Dites-le."})


def refuse_with_own_words(_value):
    raise ValidationError(OWN("Say it."))


def test_words_for():
    with speaking("en"):
        assert str(forms.words_for("Unknown field.")) == "This field does not exist here."
        assert str(forms.words_for("Something of a plugin.")) == "Something of a plugin."


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        (fields.Integer(validate=validate.Range(min=1)), "0", "Donnez un nombre de 1 ou plus."),
        (fields.Integer(validate=validate.Range(max=5)), "6", "Donnez un nombre de 5 ou moins."),
        (
            fields.Decimal(validate=validate.Range(min=1, min_inclusive=False)),
            "1",
            "Donnez plus de 1.",
        ),
        (
            fields.Decimal(validate=validate.Range(max=1, max_inclusive=False)),
            "1,5",
            "Donnez moins de 1.",
        ),
        (fields.Decimal(), "x", "Écrivez un nombre, par exemple 3,50."),
        (fields.String(validate=validate.Length(2, 5)), "a", "Écrivez de 2 à 5 caractères."),
        (fields.String(validate=validate.Length(equal=5)), "a", "Écrivez 5 caractères."),
        (
            fields.String(validate=validate.Regexp(r"\d{5}\Z")),
            "a",
            "Vérifiez comment c’est écrit.",
        ),
        (fields.String(validate=validate.Equal("oui")), "a", "Cette réponse ne convient pas ici."),
        (fields.String(validate=validate.NoneOf("a")), "a", "Cette réponse ne convient pas ici."),
        (fields.Url(), "a", "Écrivez une adresse comme https://exemple.org."),
        (fields.Time(), "a", "Donnez une heure, par exemple 18:30 ou 8:15."),
        (
            fields.String(validate=validate.Length(max=1, error=OWN("At most {max}."))),
            "aa",
            "1 au plus.",
        ),
        (
            fields.String(error_messages={"required": OWN("Say it.")}, required=True),
            "",
            "Dites-le.",
        ),
        (fields.String(validate=refuse_with_own_words), "a", "Dites-le."),
        (fields.String(validate=[refuse_with_own_words, validate.Equal("b")]), "a", "Dites-le."),
    ],
)
def test_mistakes_are_said_in_the_language_of_the_reader(field, given, words):
    schema = Schema.from_dict({"value": fields.public(field, label="Valeur")})()
    with speaking("fr"):
        form = forms.read(schema, MultiDict({"value": given}))
        assert next(str(one) for one in form.errors["value"]) == words


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Not a valid date.", "Donnez un jour qui existe, par exemple 31/05/2027."),
        ("Something of a plugin.", "Something of a plugin."),
    ],
)
def test_messages_of_schemas_are_said_in_the_readers_language(message, words):
    with speaking("fr"):
        assert str(forms.words_for(message)) == words


def test_nested_messages_are_flattened():
    assert forms._flat({0: ["one"], 1: {"a": ["two"]}}) == ["one", "two"]
    assert forms._flat("three") == ["three"]
