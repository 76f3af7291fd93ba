"""What happened: events and how the outbox keeps them."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from entraide import event_types, events

VALUES = {"UUID": UUID(int=7), "str": "x", "date": date(2026, 1, 7)}


@dataclasses.dataclass(frozen=True)
class TeaPoured(event_types.Event):
    """An event of a plugin, in a later release with one more member."""

    cups: int
    poured_at: datetime
    day: date
    tea: str = "green"


POURED = TeaPoured(
    UUID(int=1), 3, datetime(2026, 1, 7, 12, tzinfo=timezone(timedelta(hours=2))), date(2026, 1, 8)
)


@pytest.mark.parametrize("name", sorted(event_types.KNOWN))
def test_each_event_survives_the_outbox(name):
    kind = event_types.KNOWN[name]
    event = kind(**{given.name: VALUES[given.type] for given in dataclasses.fields(kind)})
    assert event_types.from_json(kind, event.as_json()) == event


def test_members_keep_their_types():
    rebuilt = event_types.from_json(TeaPoured, POURED.as_json())
    assert rebuilt == POURED
    assert [type(value) for value in vars(rebuilt).values()] == [UUID, int, datetime, date, str]


@pytest.mark.parametrize(
    ("change", "tea"), [({"colour": "red"}, "green"), ({"tea": "black"}, "black")]
)
def test_members_of_another_release(change, tea):
    members = {key: text for key, text in POURED.as_json().items() if key != "tea"}
    assert event_types.from_json(TeaPoured, members | change).tea == tea


@pytest.mark.parametrize(
    "members", [{}, {"identifier": "no uuid"}, {"identifier": str(uuid4()), "cups": "three"}]
)
def test_members_that_do_not_fit(members):
    with pytest.raises((TypeError, ValueError)):
        event_types.from_json(TeaPoured, members)


def test_only_the_listing_is_told_for_ever():
    kept = [name for name, kind in event_types.KNOWN.items() if kind.is_retried_for_ever]
    assert kept == ["ListingChanged"]


def test_the_public_room_has_every_event():
    assert set(event_types.KNOWN) == set(events.__all__) - {"Event", "publish"}
