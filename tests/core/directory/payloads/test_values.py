"""Fields of an offer in words: a zero and a "no" are said as people say them, or not at all."""

import pytest
from marshmallow import Schema
from marshmallow import fields as upstream

from entraide import Kind, fields, public
from entraide.directory.payloads.values import described, split_payload


class LendingSchema(Schema):
    price = public(fields.Integer(), label="Prix", zero="Gratuit")
    rooms = public(fields.Integer(), label="Salles")
    in_group = public(fields.Boolean(), label="En groupe")
    price_each = public(fields.Decimal(), label="Pièce")
    day = public(fields.Date(), label="Jour")
    hour = public(fields.Time(), label="Heure")
    fee = public(fields.Decimal(places=2), label="Part")
    hours = public(fields.List(fields.Time()), label="Heures")
    bring = public(fields.List(fields.String()), label="Apporter")
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
        ({"price_each": 3.5}, {"Pièce": "3,5"}, {"Pièce": "3.5"}),
        ({"day": "2027-05-31"}, {"Jour": "lundi 31 mai 2027"}, {"Jour": "2027-05-31"}),
        ({"day": "plus tard"}, {"Jour": "plus tard"}, {"Jour": "plus tard"}),
        ({"hour": "18:30:00"}, {"Heure": "18\u00a0h\u00a030"}, {"Heure": "18:30:00"}),
        ({"hour": "18:00:00"}, {"Heure": "18\u00a0h"}, {"Heure": "18:00:00"}),
        ({"hour": "soon"}, {"Heure": "soon"}, {"Heure": "soon"}),
        ({"fee": 5.5}, {"Part": "5,50"}, {"Part": "5.5"}),
        ({"fee": 1200}, {"Part": "1\u202f200,00"}, {"Part": "1200"}),
        ({"hours": ["08:15:00"]}, {"Heures": "8\u00a0h\u00a015"}, {"Heures": "08:15:00"}),
        ({"bring": ["Pain", 3, ["x"]]}, {"Apporter": "Pain, 3, x"}, {"Apporter": "Pain, 3, x"}),
        ({}, {}, {}),
        (None, {}, {}),
    ],
)
def test_values_in_words(site, payload, shown, complete):
    assert dict(described(KIND, payload)) == shown
    assert dict(described(KIND, payload, is_complete=True)) == complete


def test_an_unknown_kind_has_no_words(site):
    assert described(None, {"price": 0}) == []


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (upstream.Decimal(), "3.50", 3.5),
        (upstream.Decimal(as_string=True), "3.50", "3.50"),
        (upstream.List(upstream.Decimal()), ["1", "2.5"], [1.0, 2.5]),
        (upstream.Function(lambda _row: {1}), None, "{1}"),
    ],
)
def test_whatever_a_field_makes_of_it_is_kept_as_json(field, value, kept):
    schema = Schema.from_dict({"value": public(field, label="Valeur")})
    loaded = schema().load({"value": value} if value else {})
    assert split_payload(Kind("odd", "Odd", schema), loaded) == ({"value": kept}, None)
