"""What happened: events and how the outbox keeps them."""

from __future__ import annotations

import dataclasses
from uuid import uuid4

import pytest

from entraide import events


@pytest.mark.parametrize("name", sorted(events.KNOWN))
def test_each_event_survives_the_outbox(name):
    kind = events.KNOWN[name]
    types = {one.name: one.type for one in dataclasses.fields(kind)}
    event = kind(**{name: uuid4() if type_ == "UUID" else "x" for name, type_ in types.items()})
    assert events.from_json(name, event.as_json()) == event


def test_event_of_a_removed_plugin_is_none():
    assert events.from_json("TeapotBoiled", {"identifier": "x"}) is None


@pytest.mark.parametrize(
    "members", [{}, {"identifier": "no uuid"}, {"identifier": str(uuid4()), "colour": "red"}]
)
def test_members_that_do_not_fit(members):
    with pytest.raises((TypeError, ValueError, KeyError)):
        events.from_json("OfferPublished", members)


def test_only_the_listing_is_told_for_ever():
    assert [name for name, kind in events.KNOWN.items() if kind.is_retried_for_ever] == [
        "ListingChanged"
    ]
