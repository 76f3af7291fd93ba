"""What each side of an outing is asked: whoever asks does not fill in the organiser's form."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from entraide.directory.payloads.values import schema_for
from entraide_outings import register_kinds

SCHEMA = next(iter(register_kinds())).schema


def test_asking_for_an_outing_takes_no_price_and_no_meeting_point():
    asked = schema_for(SCHEMA, "request").fields
    assert set(asked) == {"ages", "accessible_by"}
    assert [name for name, one in asked.items() if one.required] == ["ages"]
    with pytest.raises(ValidationError):
        schema_for(SCHEMA, "request").load({"ages": ["3-5"], "cost_euros": 4})


def test_offering_one_takes_all_of_them():
    assert set(schema_for(SCHEMA, "offer").fields) == set(SCHEMA().fields)
