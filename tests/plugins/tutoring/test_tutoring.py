"""Tutoring: what its payload takes, who reads it, and the steps of a pair."""

import pytest
from marshmallow import ValidationError

from entraide_tutoring import register_kinds

KIND = next(iter(register_kinds()))
GOOD = {"levels": ["cp", "tle"], "subjects": ["reading"], "place": "remote"}
WHOLE = GOOD | {"in_group": False, "language": "Arabe", "goals": "Lire seule. Oser parler."}


@pytest.mark.parametrize("payload", [GOOD, WHOLE])
def test_a_good_payload_is_taken(payload):
    assert KIND.schema().load(payload) == payload


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("levels", []),
        ("levels", "cp"),
        ("levels", ["terminale"]),
        ("levels", ["cp"] * 13),
        ("subjects", ["latin"]),
        ("place", "cafe"),
        ("place", ["home"]),
        ("in_group", "perhaps"),
        ("language", "x" * 61),
        ("goals", "x" * 401),
        ("marks", "12/20"),
    ],
)
def test_a_bad_value_is_refused(field, value):
    with pytest.raises(ValidationError) as refusal:
        KIND.schema().load(WHOLE | {field: value})
    assert set(refusal.value.normalized_messages()) == {field}


@pytest.mark.parametrize("missing", ["levels", "subjects", "place"])
def test_what_everyone_must_know_is_required(missing):
    with pytest.raises(ValidationError) as refusal:
        KIND.schema().load({key: value for key, value in WHOLE.items() if key != missing})
    assert set(refusal.value.normalized_messages()) == {missing}


def test_the_goals_of_a_pupil_stay_between_the_two_sides():
    fields = KIND.schema().fields
    mark = fields["goals"].metadata["mark"]
    assert (mark.audience, mark.category) == ("parties", "child")
    assert mark.purpose
    assert mark.is_encrypted
    filters = {name for name, field in fields.items() if field.metadata.get("facet")}
    assert filters == {"levels", "subjects", "place", "in_group"}


def test_offers_of_organisations_travel():
    assert KIND.name == "tutoring"
    assert KIND.federated
