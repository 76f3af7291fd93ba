"""Schedules: what answers mean in the protocol's terms, and in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from marshmallow import ValidationError

from entraide import i18n
from entraide.schedules import spelling
from entraide.schedules.deadlines import earliest, last_day
from entraide.schedules.from_answers import build_schedule, first_day
from entraide.schedules.holidays import next_holidays, zone_of
from entraide.schedules.recurrence import occurrence_days, parse_rule
from entraide.schedules.words import in_words
from entraide_federation.protocol.types import SCHEDULE

SUNDAY = date(2026, 11, 22)
ZONE = {"timezone": "Europe/Paris"}
WEEKLY = {"mode": "weekly", "days": ["FR", "TU"]}
CASES = [
    ({"mode": "any"}, None, "Any time"),
    ({}, None, "Any time"),
    (
        {"mode": "wednesday"},
        {
            "starts": "2026-11-25T09:00:00",
            "ends": "2026-11-25T18:00:00",
            "rrule": "FREQ=WEEKLY;BYDAY=WE",
        },
        "Every Wednesday, from 9:00 to 18:00",
    ),
    (
        {"mode": "evening"},
        {
            "starts": "2026-11-23T18:00:00",
            "ends": "2026-11-23T21:00:00",
            "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        },
        "Monday to Friday, from 18:00 to 21:00",
    ),
    (
        {"mode": "weekend"},
        {
            "starts": "2026-11-22T09:00:00",
            "ends": "2026-11-22T18:00:00",
            "rrule": "FREQ=WEEKLY;BYDAY=SA,SU",
        },
        "On Saturday and on Sunday, from 9:00 to 18:00",
    ),
    (
        WEEKLY | {"start": "17:30", "minutes": "90"},
        {
            "starts": "2026-11-24T17:30:00",
            "ends": "2026-11-24T19:00:00",
            "rrule": "FREQ=WEEKLY;BYDAY=TU,FR",
        },
        "On Tuesday and on Friday, from 17:30 to 19:00",
    ),
    (
        WEEKLY | {"start": "17:30"},
        {
            "starts": "2026-11-24T17:30:00",
            "ends": "2026-11-24T19:30:00",
            "rrule": "FREQ=WEEKLY;BYDAY=TU,FR",
        },
        "On Tuesday and on Friday, from 17:30 to 19:30",
    ),
    (
        {"mode": "date", "day": "2027-07-01", "start": "10:00", "minutes": "60"},
        {"starts": "2027-07-01T08:00:00Z", "ends": "2027-07-01T09:00:00Z"},
        "July 1, 2027, from 10:00 to 11:00",
    ),
    (
        {"mode": "date", "day": "2026-12-05"},
        {"starts": "2026-12-05T08:00:00Z", "ends": "2026-12-05T17:00:00Z"},
        "December 5, 2026, from 9:00 to 18:00",
    ),
    (
        {"mode": "holidays"},
        {"starts": "2026-12-19T08:00:00Z", "ends": "2027-01-03T17:00:00Z"},
        "From December 19, 2026 to January 3, 2027",
    ),
]


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
        assert SCHEDULE.accepts(schedule, "https://clamecy.example")


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


H = "\u00a0h"
WORDS = [
    # starts, ends, rule, words in French
    (
        "2026-12-04T18:00",
        "2026-12-04T18:45",
        "FREQ=WEEKLY;BYDAY=FR",
        f"Chaque vendredi, de 18{H} à 18{H}\u00a045",
    ),
    (
        "2026-11-30T09:00",
        "2026-11-30T11:00",
        "FREQ=WEEKLY;BYDAY=MO,WE",
        f"Le lundi et le mercredi, de 9{H} à 11{H}",
    ),
    (
        "2026-11-30T09:00",
        "2026-11-30T11:00",
        "FREQ=WEEKLY;BYDAY=WE,MO,FR",
        f"Le lundi, le mercredi et le vendredi, de 9{H} à 11{H}",
    ),
    (
        "2026-11-30T09:00",
        "2026-11-30T11:00",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
        f"Tous les jours, de 9{H} à 11{H}",
    ),
    ("2026-11-30T09:00", "2026-11-30T11:00", "FREQ=DAILY", f"Tous les jours, de 9{H} à 11{H}"),
    ("2026-11-30T09:00", "2026-11-30T11:00", "FREQ=WEEKLY", f"Chaque lundi, de 9{H} à 11{H}"),
    (
        "2026-11-30T09:00",
        "2026-11-30T11:00",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        f"Du lundi au vendredi, de 9{H} à 11{H}",
    ),
    (
        "2026-11-30T09:00",
        "2026-11-30T11:00",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
        f"Le lundi, toutes les 2 semaines, de 9{H} à 11{H}",
    ),
    (
        "2026-12-06T12:00",
        "2026-12-06T15:00",
        "FREQ=MONTHLY;BYDAY=1SU",
        f"Le 1er dimanche du mois, de 12{H} à 15{H}",
    ),
    (
        "2026-12-25T12:00",
        "2026-12-25T15:00",
        "FREQ=MONTHLY;BYDAY=-1FR",
        f"Le dernier vendredi du mois, de 12{H} à 15{H}",
    ),
    (
        "2026-12-02T09:00",
        "2026-12-02T11:00",
        "FREQ=WEEKLY;BYDAY=WE;UNTIL=20270101T000000Z",
        f"Chaque mercredi jusqu’au 1er janvier 2027, de 9{H} à 11{H}",
    ),
    (
        "2026-12-04T22:00",
        "2026-12-05T02:00",
        "FREQ=WEEKLY;BYDAY=FR",
        f"Chaque vendredi, de 22{H} à 2{H} le lendemain",
    ),
    (
        "2027-01-01T22:30",
        "2027-01-02T02:30",
        "",
        f"Vendredi 1er janvier 2027, de 22{H}\u00a030 à 2{H}\u00a030 le lendemain",
    ),
    (
        "2026-12-31T21:30:00Z",
        "2027-01-01T01:30:00Z",
        "",
        f"Jeudi 31 décembre 2026, de 22{H}\u00a030 à 2{H}\u00a030 le lendemain",
    ),
    (
        "2026-12-05T10:00",
        "2026-12-06T17:00",
        "",
        f"Du 5 décembre 2026 à 10{H} au 6 décembre 2026 à 17{H}",
    ),
    ("2026-12-05T10:00", "", "", f"Samedi 5 décembre 2026 à 10{H}"),
    ("2026-12-05T10:00", "", "FREQ=WEEKLY;BYDAY=SA", f"Chaque samedi à 10{H}"),
    ("2026-12-19T09:00", "2027-01-03T18:00", "", "Du 19 décembre 2026 au 3 janvier 2027"),
    (
        "2027-03-28T02:30",
        "2027-03-28T05:00",
        "",
        f"Dimanche 28 mars 2027, de 3{H} à 5{H} (changement d’heure\u00a0: il n’y a pas d’heure plus tôt)",
    ),
    ("2027-03-28T03:00", "2027-03-28T05:00", "", f"Dimanche 28 mars 2027, de 3{H} à 5{H}"),
    (
        "2026-10-25T02:30",
        "2026-10-25T05:00",
        "",
        f"Dimanche 25 octobre 2026, de 2{H}\u00a030 à 5{H}",
    ),
]


@pytest.mark.parametrize(("starts", "ends", "rule", "words"), WORDS)
def test_schedules_in_french(starts, ends, rule, words):
    given = {"starts": starts, "ends": ends, "rrule": rule}
    with i18n.speaking("fr"):
        assert in_words({name: value for name, value in given.items() if value} | ZONE) == words


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("2026-12-02T09:00:00", "2026-12-02T18:00:00"),
        ("2026-12-02T08:00:00Z", "2026-12-02T17:00:00Z"),
    ],
    ids=["local time", "UTC"],
)
@pytest.mark.parametrize(
    ("rule", "now", "first"),
    [
        ("FREQ=WEEKLY;BYDAY=WE", datetime(2026, 12, 2, 8, tzinfo=UTC), date(2026, 12, 2)),
        ("FREQ=WEEKLY;BYDAY=WE", datetime(2026, 12, 2, 16, 59, tzinfo=UTC), date(2026, 12, 2)),
        ("FREQ=WEEKLY;BYDAY=WE", datetime(2026, 12, 2, 17, tzinfo=UTC), date(2026, 12, 9)),
        ("FREQ=WEEKLY;BYDAY=WE,TH", datetime(2026, 12, 2, 20, tzinfo=UTC), date(2026, 12, 3)),
    ],
)
def test_the_first_day_of_a_series_is_one_that_is_not_over(starts, ends, rule, now, first):
    given = {"starts": starts, "ends": ends, "rrule": rule}
    assert first_day(given, now) == first


@pytest.mark.parametrize(
    ("schedule", "day"),
    [
        (None, date(2026, 12, 31)),
        ({"starts": "2026-12-06T14:00"}, date(2026, 12, 6)),
        ({"starts": "2026-12-06T14:00", "ends": "2026-12-07T14:00"}, date(2026, 12, 7)),
        ({"starts": "2026-12-06T14:00", "rrule": "FREQ=DAILY"}, date(2026, 12, 31)),
        ({"starts": "2026-12-06T14:00", "rrule": "FREQ=DAILY;UNTIL=20261210"}, date(2026, 12, 10)),
        ({"starts": "2027-02-06T14:00"}, date(2026, 12, 31)),
    ],
)
def test_no_deadline_lies_after_the_event(schedule, day):
    assert earliest(date(2026, 12, 31), schedule) == day


@pytest.mark.parametrize(
    ("department", "zone"),
    [
        ("69", "A"),
        ("58", "A"),
        ("44", "B"),
        ("59", "B"),
        ("75", "C"),
        ("93", "C"),
        ("2A", None),
        ("974", None),
    ],
)
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
    [
        "FREQ=BOGUS",
        "BYDAY=TU",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=00",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ",
    ],
)
def test_a_rule_that_nobody_can_follow_is_refused(rule):
    spelling.check_rule("FREQ=DAILY;INTERVAL=2;COUNT=10")
    spelling.check_rule("BYDAY=TU;FREQ=WEEKLY")
    with pytest.raises(ValidationError, match="recurrence rule"):
        spelling.check_rule(rule)
