"""Fields of an offer in words: a zero and a "no" are said as people say them, or not at all."""

import pytest
from marshmallow import Schema

from entraide import Kind, fields, public
from entraide.directory.payloads import described


class LendingSchema(Schema):
    price = public(fields.Integer(), label="Prix", zero="Gratuit")
    rooms = public(fields.Integer(), label="Salles")
    in_group = public(fields.Boolean(), label="En groupe")
    is_reachable = public(fields.Boolean(), label="Accessible", no="Pas encore")


KIND = Kind("lending", "Prêt", LendingSchema)


@pytest.mark.parametrize(
    ("payload", "shown", "complete"),
    [
        ({"price": 0}, {"Prix": "Gratuit"}, {"Prix": "0"}),
        ({"price": 4}, {"Prix": "4"}, {"Prix": "4"}),
        ({"rooms": 0}, {"Salles": "0"}, {"Salles": "0"}),
        ({"in_group": False}, {}, {"En groupe": "Non"}),
        ({"in_group": True}, {"En groupe": "Oui"}, {"En groupe": "Oui"}),
        ({"is_reachable": False}, {"Accessible": "Pas encore"}, {"Accessible": "Pas encore"}),
        ({"price": None, "in_group": None}, {}, {}),
        ({}, {}, {}),
        (None, {}, {}),
    ],
)
def test_values_in_words(site, payload, shown, complete):
    assert dict(described(KIND, payload)) == shown
    assert dict(described(KIND, payload, is_complete=True)) == complete


def test_an_unknown_kind_has_no_words(site):
    assert described(None, {"price": 0}) == []
