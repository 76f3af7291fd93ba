"""Recurring schedules give the right days, in a bounded number of steps."""

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from entraide.schedules.recurrence import (
    MOST_DAYS_KEPT,
    MOST_DAYS_WALKED,
    occurrence_days,
    parse_rule,
)

START = date(2026, 11, 4)
RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=WE",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;INTERVAL=2",
    "FREQ=WEEKLY;COUNT=5",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=1WE",
    "FREQ=MONTHLY;BYDAY=-1WE,1WE",
    "FREQ=MONTHLY;BYMONTHDAY=4,-1",
    "FREQ=YEARLY",
    "FREQ=DAILY;BYMONTH=11,12;BYDAY=WE",
    "FREQ=WEEKLY;UNTIL=20261231T000000Z",
    "FREQ=MONTHLY;BYDAY=WE",
    "FREQ=WEEKLY;UNTIL=20261118;BYDAY=WE",
]


@pytest.mark.parametrize("text", RULES)
def test_days_are_those_of_dateutil(text):
    last = START + timedelta(days=390)
    start, end = (datetime.combine(day, datetime.min.time()) for day in (START, last))
    naive = text.replace("Z", "")
    expected = [
        moment.date() for moment in rrulestr(naive, dtstart=start).between(start, end, inc=True)
    ]
    assert occurrence_days(parse_rule(text), START, last) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ",
        "FREQ=SECONDLY",
        "FREQ=HOURLY",
        "FREQ=WEEKLY;BYSETPOS=1",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;INTERVAL=x",
        "FREQ=WEEKLY;UNTIL=soon",
        "FREQ=DAILY;BYMONTHDAY=a",
        "🙂=🙂",
    ],
)
def test_rules_that_are_not_followed_are_none(text):
    assert parse_rule(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=99999999",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=99999999",
        "FREQ=DAILY;INTERVAL=-4",
        "FREQ=DAILY;UNTIL=00010101",
    ],
)
def test_hostile_rules_end(text):
    rule = parse_rule(text)
    assert len(occurrence_days(rule, START, date.max)) <= MOST_DAYS_KEPT


def test_old_series_are_followed_for_ten_years_and_their_last_days_kept():
    days = occurrence_days(parse_rule("FREQ=DAILY"), START, date.max)
    assert len(days) == MOST_DAYS_KEPT
    assert days[-1] == START + timedelta(days=MOST_DAYS_WALKED - 1)


@given(
    text=st.text(max_size=80)
    | st.from_regex(r"FREQ=[A-Z]{5,7}(;[A-Z]{3,8}=[-,A-Z0-9]{1,6}){0,4}", fullmatch=True)
)
@settings(max_examples=200, deadline=None)
def test_any_rule_is_parsed_or_refused(text):
    rule = parse_rule(text)
    if rule is not None:
        days = occurrence_days(rule, START, START + timedelta(days=60))
        assert days == sorted(set(days))
