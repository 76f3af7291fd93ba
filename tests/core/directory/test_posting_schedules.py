"""Schedules: what answers mean in the protocol's terms, and in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from marshmallow import ValidationError

from entraide import i18n
from entraide.directory import checks
from entraide.directory.posting.holidays import next_holidays, zone_of
from entraide.directory.posting.schedules import build_schedule, last_day
from entraide.directory.schedule_words import in_words
from entraide.directory.search.recurrence import occurrence_days, parse_rule
from entraide_federation.schemas import Schedule

SUNDAY = date(2026, 11, 22)
ZONE = {"timezone": "Europe/Paris"}
WEEKLY = {"mode": "weekly", "days": ["FR", "TU"]}
CASES = [
    ({"mode": "any"}, None, "Any time"),
    ({}, None, "Any time"),
    ({"mode": "wednesday"},
     {"starts": "2026-11-25T09:00:00", "ends": "2026-11-25T18:00:00",
      "rrule": "FREQ=WEEKLY;BYDAY=WE"}, "Wednesday, from 09:00 to 18:00"),
    ({"mode": "evening"},
     {"starts": "2026-11-23T18:00:00", "ends": "2026-11-23T21:00:00",
      "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}, "Monday to Friday, from 18:00 to 21:00"),
    ({"mode": "weekend"},
     {"starts": "2026-11-22T09:00:00", "ends": "2026-11-22T18:00:00",
      "rrule": "FREQ=WEEKLY;BYDAY=SA,SU"}, "Saturday, Sunday, from 09:00 to 18:00"),
    (WEEKLY | {"start": "17:30", "minutes": "90"},
     {"starts": "2026-11-24T17:30:00", "ends": "2026-11-24T19:00:00",
      "rrule": "FREQ=WEEKLY;BYDAY=TU,FR"}, "Tuesday, Friday, from 17:30 to 19:00"),
    (WEEKLY | {"start": "17:30"},
     {"starts": "2026-11-24T17:30:00", "ends": "2026-11-24T19:30:00",
      "rrule": "FREQ=WEEKLY;BYDAY=TU,FR"}, "Tuesday, Friday, from 17:30 to 19:30"),
    ({"mode": "date", "day": "2027-07-01", "start": "10:00", "minutes": "60"},
     {"starts": "2027-07-01T08:00:00Z", "ends": "2027-07-01T09:00:00Z"},
     "July 1, 2027, from 10:00 to 11:00"),
    ({"mode": "date", "day": "2026-12-05"},
     {"starts": "2026-12-05T08:00:00Z", "ends": "2026-12-05T17:00:00Z"},
     "December 5, 2026, from 09:00 to 18:00"),
    ({"mode": "holidays"},
     {"starts": "2026-12-19T08:00:00Z", "ends": "2027-01-03T17:00:00Z"},
     "From December 19, 2026 to January 3, 2027"),
]  # fmt: skip


CLOCK_CHANGES = (date(2026, 10, 20), date(2027, 3, 23))
"""Days a few days before the clocks go back and forward in France."""


@pytest.mark.parametrize("today", CLOCK_CHANGES)
@pytest.mark.parametrize(
    "answers", [WEEKLY | {"start": "18:00"}, {"mode": "evening"}, {"mode": "weekend"}]
)
def test_a_series_keeps_its_hour_when_the_clocks_change(answers, today):
    schedule = build_schedule(answers, today=today)
    starts, ends = (datetime.fromisoformat(schedule[name]) for name in ("starts", "ends"))
    assert starts.tzinfo is ends.tzinfo is None, "a time with an offset would move by an hour"
    dates = rrulestr(schedule["rrule"], dtstart=starts, cache=True)[:12]
    assert {one.time() for one in dates} == {starts.time()}
    assert min(dates).date() < today + timedelta(days=8) < max(dates).date()


@pytest.mark.parametrize(("answers", "expected", "words"), CASES)
def test_answers_become_a_schedule_of_the_protocol(answers, expected, words):
    schedule = build_schedule(answers, today=SUNDAY, department="58")
    assert schedule == (expected and expected | ZONE)
    with i18n.speaking("en"):
        assert in_words(schedule) == words
    if schedule is not None:
        assert Schedule().validate(schedule) == {}


@pytest.mark.parametrize("answers", [one for one, _expected, _words in CASES])
def test_weekly_rules_are_followed_by_the_search(answers):
    schedule = build_schedule(answers, today=SUNDAY, department="58")
    if schedule is None or "rrule" not in schedule:
        return
    rule = parse_rule(schedule["rrule"])
    start = date.fromisoformat(schedule["starts"][:10])
    days = occurrence_days(rule, start, date(2026, 12, 6))
    assert days[0] == start
    assert rule.includes(start, start)


def test_the_last_day_is_known_for_what_ends():
    once = build_schedule({"mode": "date", "day": "2026-12-05"}, today=SUNDAY)
    weekly = build_schedule({"mode": "wednesday"}, today=SUNDAY)
    assert (last_day(once), last_day(weekly), last_day(None)) == (date(2026, 12, 5), None, None)


def test_a_schedule_from_elsewhere_is_still_worded():
    with i18n.speaking("en"):
        assert in_words({"starts": "2027-01-05T10:00"}).startswith("January 5, 2027")
        assert "10:00" in in_words({"starts": "2027-01-05T10:00", "rrule": "FREQ=DAILY"})


@pytest.mark.parametrize(
    ("department", "zone"),
    [("69", "A"), ("58", "A"), ("44", "B"), ("59", "B"), ("75", "C"), ("93", "C"), ("2A", None),
     ("974", None)],
)  # fmt: skip
def test_departments_have_a_school_zone(department, zone):
    assert zone_of(department) == zone


@pytest.mark.parametrize(
    ("department", "today", "expected"),
    [
        ("75", date(2026, 11, 22), (date(2026, 12, 19), date(2027, 1, 3))),
        ("75", date(2026, 12, 30), (date(2026, 12, 30), date(2027, 1, 3))),
        ("69", date(2027, 1, 4), (date(2027, 2, 13), date(2027, 2, 28))),
        ("974", date(2026, 11, 22), None),
        ("75", date(2035, 1, 1), None),
    ],
)
def test_next_holidays_are_known(department, today, expected):
    assert next_holidays(department, today) == expected


@pytest.mark.parametrize(
    "rule",
    ["FREQ=BOGUS", "BYDAY=TU", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=00", "FREQ=DAILY;FREQ=DAILY", "FREQ"],
)  # fmt: skip
def test_a_rule_that_nobody_can_follow_is_refused(rule):
    checks.check_rule("FREQ=DAILY;INTERVAL=2;COUNT=10")
    checks.check_rule("BYDAY=TU;FREQ=WEEKLY")
    with pytest.raises(ValidationError, match="recurrence rule"):
        checks.check_rule(rule)
