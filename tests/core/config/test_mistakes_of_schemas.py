"""Sentences for what a schema refuses, whatever its fields are called and however deep they lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from entraide.config import mistakes
from entraide.config.key_positions import KeyPosition, KeyPositions

PLACES = KeyPositions({("plugins", "walks"): KeyPosition("instance.toml", 4)}, frozenset({"walks"}))


class PlaceSchema(Schema):
    """A table in lists and mappings, with fields named like marshmallow's own words."""

    key = fields.String(required=True, metadata={"example": '"abc"'})
    value = fields.Integer()


class WalksSchema(Schema):
    """The settings of a plugin that was written without a look at ours."""

    key = fields.Integer()
    value = fields.Integer()
    name = fields.String(data_key="called")
    place = fields.Nested(PlaceSchema)
    places = fields.List(fields.Nested(PlaceSchema))
    by_day = fields.Dict(
        fields.String(validate=validate.Length(max=3, error="is too long. Shorten it.")),
        fields.Integer(),
    )
    by_town = fields.Dict(fields.String(), fields.Nested(PlaceSchema))
    pair = fields.Tuple((fields.Integer(), fields.Integer()))
    tokens = fields.List(fields.Integer())
    hours = fields.List(fields.List(fields.Integer()))


def sentences(values):
    """Return the sentences about some settings of the plugin, without their place."""
    schema = WalksSchema()
    with pytest.raises(ValidationError) as caught:
        schema.load(values)
    errors = caught.value.messages_dict
    told = mistakes.explain(errors, schema, values, PLACES, ("plugins", "walks"))
    assert all(sentence.startswith("instance.toml, line 4, [") for sentence in told)
    return [sentence.removeprefix("instance.toml, line 4, ") for sentence in told]


WHOLE = "Not a valid integer. Write a whole number without quotes."


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"key": "x"}, f"[walks] key: the value: {WHOLE}"),
        ({"value": "x"}, f'[walks] value: "x": {WHOLE}'),
        ({"place": {"key": "a", "value": "x"}}, f'[walks.place] value: "x": {WHOLE}'),
        ({"place": {}}, '[walks.place] key: is missing. Write key = "abc".'),
        ({"places": [{}]}, '[[walks.places]] 1, key: is missing. Write key = "abc".'),
        ({"by_day": {"mo": "x"}}, f'[walks.by_day] mo: "x": {WHOLE}'),
        ({"by_day": {"monday": 1}}, "[walks.by_day] monday: 1 is too long. Shorten it."),
        ({"by_day": {"key": "x"}}, f"[walks.by_day] key: the value: {WHOLE}"),
        ({"by_town": {"key": {}}}, '[walks.by_town.key] key: is missing. Write key = "abc".'),
        (
            {"by_town": {"a": {"key": 1}}},
            '[walks.by_town.a] key: the value: Not a valid string. Write key = "abc".',
        ),
        ({"pair": [1, "x"]}, '[walks] pair 2: "x": Not a valid integer. Correct the value.'),
        ({"pair": [1]}, "[walks] pair: [1]: Length must be 2. Correct the value."),
        ({"hours": [[1], [2, "x"]]}, f'[walks] hours 2 2: "x": {WHOLE}'),
        (
            {"called": 3},
            '[walks] called: 3: Not a valid string. Write a text between quotes: "text".',
        ),
    ],
)
def test_each_mistake_is_told_where_it_is(values, sentence):
    (told,) = sentences(values)
    assert told.startswith(sentence)


@pytest.mark.parametrize("name", ["key", "value", "_x", "clé"])
def test_an_unknown_setting_is_named_whatever_it_is_called(name):
    class Plain(Schema):
        level = fields.Integer()

    schema, values = Plain(), {name: 1}
    with pytest.raises(ValidationError) as caught:
        schema.load(values)
    told = mistakes.explain(
        caught.value.messages_dict, schema, values, PLACES, ("plugins", "walks")
    )
    assert told == [
        f"instance.toml, line 4, [walks] {name}: there is no such setting. Known here: level."
    ]


def test_unknown_settings_of_an_empty_schema_are_to_be_removed():
    assert mistakes.suggest("x", []) == "Remove it."
    assert mistakes.suggest("naem", ["name", "key"]) == "Did you mean name?"
    assert mistakes.suggest("x", {"b", "a"}) == "Known here: a, b."


@pytest.mark.parametrize(
    ("value", "path", "shown"),
    [
        ("text", (), '"text"'),
        ("é", (), '"é"'),
        (True, (), "true"),
        (None, (), "null"),
        (1.5, (), "1.5"),
        ([1, "a"], (), '[1, "a"]'),
        ({"a": 1}, (), "a table"),
        ([{"a": 1}], (), "a list of tables"),
        ([[1, [{"password": "hidden"}]]], (), "a list of tables"),
        (Path("x"), (), '"x"'),
        ("x" * 58, (), f'"{"x" * 58}"'),
        ("x" * 59, (), f'"{"x" * 59}…'),
        pytest.param(16**9000, (), "this number", id="huge"),
        ("hidden", ("password",), "the value"),
        ("hidden", ("api_key",), "the value"),
        ("hidden", ("key",), "the value"),
        ("hidden", ("tokens", 0), "the value"),
        ("hidden", ("client_secret", "x"), "the value"),
        ("shown", ("keyboard",), '"shown"'),
        ("shown", ("monkey",), '"shown"'),
        ("redis://me:hidden@host/0", (), '"redis://***@host/0"'),
        ("redis://:hidden@host/0", (), '"redis://***@host/0"'),
        (["postgresql://me:hid@den@host/x"], (), '["postgresql://***@host/x"]'),
        ("me@exemple.example", (), '"me@exemple.example"'),
    ],
)
def test_a_value_is_shown_short_and_nothing_of_a_secret(value, path, shown):
    assert mistakes.show(value, path) == shown


def test_a_secret_inside_a_list_stays_unseen():
    (told,) = sentences({"by_day": {"mo": [{"token": "hidden"}]}})
    assert "hidden" not in told
    (told,) = sentences({"tokens": ["hidden"]})
    assert told.startswith("[walks] tokens 1: the value: Not a valid integer.")


def test_mistakes_come_in_the_order_of_the_file_then_of_their_names():
    places = KeyPositions(
        {
            ("plugins", "walks", "value"): KeyPosition("instance.toml", 2),
            ("plugins", "walks", "key"): KeyPosition("instance.toml", 9),
            ("plugins", "walks", "called"): KeyPosition("ENTRAIDE_WALKS_CALLED"),
        }
    )
    schema, values = WalksSchema(), {"key": "x", "value": "x", "called": 1, "a": 1, "b": 1}
    with pytest.raises(ValidationError) as caught:
        schema.load(values)
    told = mistakes.explain(
        caught.value.messages_dict, schema, values, places, ("plugins", "walks")
    )
    names = [sentence.split(": ")[0].split()[-1] for sentence in told]
    assert names == ["called", "a", "b", "value", "key"]
