"""Outings: what the payload takes, what stays among those who come, and the steps."""

import pytest
from marshmallow import ValidationError

from entraide_outings import register_kinds

KIND = next(iter(register_kinds()))
GOOD = {"ages": ["0-2", "adults"], "cost_euros": 0}
WHOLE = GOOD | {
    "paid_by": "shared",
    "accessible_by": ["pushchair", "wheelchair"],
    "families_at_least": 4,
    "bring": "Un goûter",
    "weather": "Reporté.",
    "meeting_point": "Devant l’entrée",
    "organiser_phone": "+33 1 99 00 00 00",
}


@pytest.mark.parametrize("payload", [GOOD, WHOLE])
def test_a_good_payload_is_taken(payload):
    assert KIND.schema().load(payload) == payload


def test_a_form_sends_digits():
    assert KIND.schema().load(WHOLE | {"cost_euros": "12"})["cost_euros"] == 12


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ages", []),
        ("ages", ["all"]),
        ("cost_euros", -1),
        ("cost_euros", 201),
        ("cost_euros", "1.5"),
        ("paid_by", "nobody"),
        ("accessible_by", ["pushchair"] * 4),
        ("families_at_least", 1),
        ("bring", "x" * 301),
        ("weather", "x" * 201),
        ("meeting_point", "x" * 201),
        ("organiser_phone", "appelez-moi"),
        ("organiser_phone", "1" * 30),
        ("children_alone", True),
    ],
)
def test_a_bad_value_is_refused(field, value):
    with pytest.raises(ValidationError) as refusal:
        KIND.schema().load(WHOLE | {field: value})
    assert set(refusal.value.normalized_messages()) == {field}


def test_the_exact_place_and_the_phone_are_for_those_who_come():
    marks = {name: field.metadata["mark"] for name, field in KIND.schema().fields.items()}
    hidden = {name for name, mark in marks.items() if mark.audience != "public"}
    assert hidden == {"meeting_point", "organiser_phone"}
    assert all(marks[name].audience == "parties" for name in hidden)
    assert all(marks[name].is_encrypted for name in hidden)


@pytest.mark.parametrize(
    ("steps", "state", "is_listed"),
    [
        ((), "open", True),
        (("confirm",), "confirmed", True),
        (("confirm", "cancel"), "cancelled", False),
        (("finish",), "done", False),
    ],
)
def test_an_outing_stays_listed_until_it_is_over(steps, state, is_listed):
    workflow, reached = KIND.workflow, KIND.workflow.initial
    for step in steps:
        reached = workflow.steps(reached)[step]
    assert reached == state
    assert workflow.is_listed(state) is is_listed
    assert workflow.is_final(state) is not is_listed


def test_an_outing_always_has_a_date():
    assert KIND.name == "outing"
    assert KIND.schedule == "required"
    assert KIND.federated
