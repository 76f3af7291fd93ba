"""What a kind may say of answers to its offers."""

import pytest
from marshmallow import Schema

from entraide import Answers, Kind, fields, parties, public


class Party(Schema):
    places = parties(fields.Integer(required=True), label="How many")


class Open(Schema):
    age = public(fields.Integer(), label="Age")


class Unmarked(Schema):
    age = fields.Integer()


class Message(Schema):
    message = parties(fields.String(), label="Words")


class Words(Schema):
    places = parties(fields.String(), label="How many")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"admission": "lottery"}, "admission='lottery'"),
        ({"counts": "family"}, "counts='family'"),
        ({"occurrences": "some"}, "occurrences='some'"),
        ({"schema": Party()}, "is not a class made from"),
        ({"schema": Open}, "field age is not marked"),
        ({"schema": Unmarked}, "field age is not marked"),
        ({"schema": Message}, "field message has a name"),
        ({"counts": "person"}, "needs a field places"),
        ({"counts": "person", "schema": Words}, "needs a field places"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(options, words):
    with pytest.raises(ValueError, match="Answers: ") as refusal:
        Answers(**options)
    assert words in str(refusal.value)


def test_a_kind_is_answered_by_agreement_unless_it_says_otherwise():
    assert Kind("lift", "Lift", Open).answers.admission == "agreement"
    assert Kind("lift", "Lift", Open, answers=None).answers is None
    assert Answers("automatic", Party, counts="person").schema is Party
    with pytest.raises(ValueError, match="is not an Answers"):
        Kind("lift", "Lift", Open, answers="automatic")
