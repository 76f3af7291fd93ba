"""The next times of a schedule: one, a series through both changes of clocks, none."""

from datetime import UTC, datetime

import pytest

from entraide.schedules.occurrences import coming, is_series


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = moment("2026-11-25T09:00")


def schedule(starts, rrule=None, zone="Europe/Paris"):
    return {"starts": starts, "timezone": zone} | ({"rrule": rrule} if rrule else {})


@pytest.mark.parametrize("nothing", [None, {}, {"starts": ""}])
def test_what_has_no_date_has_no_times(nothing):
    assert coming(nothing, NOW) == []
    assert not is_series(nothing)


@pytest.mark.parametrize(
    ("starts", "zone", "at"),
    [
        ("2026-11-28T14:00", "Europe/Paris", "2026-11-28T13:00"),
        ("2026-11-28T14:00Z", "Europe/Paris", "2026-11-28T14:00"),
        ("2026-11-28T14:00", "Indian/Reunion", "2026-11-28T10:00"),
        ("2026-11-28T14:00", "Mars/Olympus", "2026-11-28T13:00"),
        # The hour that French clocks leave out is the next full one.
        ("2027-03-28T02:30", "Europe/Paris", "2027-03-28T01:00"),
    ],
)
def test_one_time(starts, zone, at):
    (only,) = coming(schedule(starts, zone=zone), NOW)
    assert (only.name, only.starts_at) == ("", moment(at))
    assert not is_series(schedule(starts))


def test_what_has_begun_is_not_to_come():
    assert coming(schedule("2026-11-25T10:00"), NOW) == []
    assert coming(schedule("2026-11-25T10:01"), NOW) != []


@pytest.mark.parametrize(
    ("now", "hours"), [("2026-10-15T00:00", [12, 12, 13]), ("2027-03-18T00:00", [13, 13, 12])]
)
def test_a_series_keeps_its_hour_on_the_wall(now, hours):
    weekly = schedule("2026-10-03T14:00", "FREQ=WEEKLY;BYDAY=SA")
    assert [time.starts_at.hour for time in coming(weekly, moment(now))][:3] == hours


def test_a_series_lists_eight_days_and_none_that_is_over():
    daily = schedule("2026-11-01T10:00", "FREQ=DAILY")
    names = [time.name for time in coming(daily, NOW)]
    assert names[0] == "2026-11-26"
    assert len(names) == 8
    assert is_series(daily)


@pytest.mark.parametrize("rule", ["FREQ=HOURLY", "FREQ=WEEKLY;BYSETPOS=1", "nonsense"])
def test_a_rule_whose_days_cannot_be_told_has_none(rule):
    assert coming(schedule("2026-11-28T14:00", rule), NOW) == []
    assert not is_series(schedule("2026-11-28T14:00", rule))


@pytest.mark.parametrize("end", ["UNTIL=20261129", "COUNT=2"])
def test_a_series_ends(end):
    weekly = schedule("2026-11-21T14:00", f"FREQ=WEEKLY;BYDAY=SA;{end}")
    assert [time.name for time in coming(weekly, NOW)] == ["2026-11-28"]
