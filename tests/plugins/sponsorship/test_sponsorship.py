"""Sponsorship: what its payload takes, who reads it, and the steps of a match."""

from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from entraide import clock
from entraide_sponsorship import register_kinds

KIND = next(iter(register_kinds()))
GOOD = {"ages": ["3-5", "6-10"], "rhythm": "monthly"}
WHOLE = GOOD | {
    "distance_km": 50,
    "overnight": True,
    "languages": "Français, portugais",
    "interests": "Cuisine",
    "home": "Un chat",
    "child_initials": "L. M.",
    "child_birth_year": 2016,
    "allergies": "Arachide",
}


@pytest.fixture(autouse=True)
def _a_day_in_2026():
    with clock.using(clock.FakeClock(datetime(2026, 3, 1, tzinfo=UTC))):
        yield


@pytest.mark.parametrize("payload", [GOOD, WHOLE, GOOD | {"child_birth_year": "2005"}])
def test_a_good_payload_is_taken(payload):
    loaded = KIND.schema().load(payload)
    assert loaded["ages"] == ["3-5", "6-10"]
    assert set(loaded) == set(payload)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ages", []),
        ("ages", ["3-5"] * 7),
        ("ages", ["4"]),
        ("rhythm", "never"),
        ("distance_km", 51),
        ("distance_km", 0),
        ("distance_km", 12.5),
        ("child_initials", "Prénom"),
        ("child_initials", "L. M.\n"),
        ("child_birth_year", 2004),
        ("child_birth_year", 2027),
        ("child_birth_year", 9),
        ("languages", "x" * 101),
        ("allergies", "x" * 201),
        ("surname", "Exemple"),
    ],
)
def test_a_bad_value_is_refused(field, value):
    with pytest.raises(ValidationError) as refusal:
        KIND.schema().load(WHOLE | {field: value})
    assert set(refusal.value.normalized_messages()) == {field}


@pytest.mark.parametrize("missing", ["ages", "rhythm"])
def test_what_everyone_must_know_is_required(missing):
    with pytest.raises(ValidationError) as refusal:
        KIND.schema().load({key: value for key, value in WHOLE.items() if key != missing})
    assert set(refusal.value.normalized_messages()) == {missing}


def test_the_public_part_says_nothing_about_a_child_or_a_home():
    marks = {name: field.metadata["mark"] for name, field in KIND.schema().fields.items()}
    public = {name for name, mark in marks.items() if mark.audience == "public"}
    assert public == {"ages", "rhythm", "distance_km", "overnight"}
    children = {name for name, mark in marks.items() if mark.category in ("child", "health")}
    assert children == {"child_initials", "child_birth_year", "allergies"}
    assert all(marks[name].audience == "parties" for name in children)
    assert all(marks[name].is_encrypted for name in children)
    assert not any(mark.audience == "sealed" for mark in marks.values())


def test_offers_of_organisations_travel():
    assert KIND.name == "sponsorship"
    assert KIND.federated
