"""Schedules: built from what a person answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from entraide.clock import PARIS, rfc3339, wall_time
from entraide.schedules.holidays import next_holidays
from entraide.schedules.words import CODES, DAY, WORKING_DAYS, local_time

Schedule = dict[str, str]
"""The protocol's schedule: `starts`, `ends`, `timezone`, and `rrule` when weekly.

A single date has its times in UTC (RFC 3339), a series has them as local time: its next Mondays
begin at the same hour after the clocks change.
"""

EVENING = (time(18), time(21))
USUAL_MINUTES = 120
HABITS: dict[str, tuple[tuple[str, ...], tuple[time, time]]] = {
    "wednesday": (("WE",), DAY),
    "evening": (WORKING_DAYS, EVENING),
    "weekend": (("SA", "SU"), DAY),
}
"""Answers of one tap: which days of each week, from when to when."""


def build_schedule(
    answers: Mapping[str, Any], *, today: date, department: str = ""
) -> Schedule | None:
    """Return the schedule that answers mean, None for any time.

    `department` is that of the place: it decides the school holidays, and None comes back when
    they are not known.
    """
    mode = answers.get("mode", "any")
    if mode == "date":
        return _once(date.fromisoformat(answers["day"]), *_hours(answers))
    if mode == "weekly":
        return _weekly(tuple(answers["days"]), _hours(answers), today)
    if mode in HABITS:
        return _weekly(*HABITS[mode], today)
    period = next_holidays(department, today) if mode == "holidays" else None
    return _range(_at(period[0], DAY[0]), _at(period[1], DAY[1])) if period else None


def first_day(schedule: Schedule, now: datetime) -> date:
    """Return the first day on which something takes place that is not over at `now` (aware)."""
    starts, ends = local_time(schedule["starts"]), local_time(schedule["ends"])
    parts = dict(part.split("=", 1) for part in schedule.get("rrule", "").split(";") if part)
    days = parts.get("BYDAY", "").split(",")
    # A series has its times as clocks in France show them, without an offset.
    if "rrule" in schedule and ends.replace(tzinfo=PARIS) <= now:
        return next(
            day
            for day in (starts.date() + timedelta(days=step) for step in range(1, 8))
            if CODES[day.weekday()] in days
        )
    return starts.date()


def bounds_of(answers: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return when what takes place on one day begins and ends (aware)."""
    schedule = _once(date.fromisoformat(answers["day"]), *_hours(answers))
    return local_time(schedule["starts"]), local_time(schedule["ends"])


def _once(day: date, start: time, minutes: int) -> Schedule:
    starts = _at(day, start)
    return _range(starts, starts + timedelta(minutes=minutes))


def _weekly(
    days: tuple[str, ...], hours: tuple[time, time] | tuple[time, int], today: date
) -> Schedule:
    ordered = [code for code in CODES if code in days]
    first = next(
        day
        for day in (today + timedelta(days=step) for step in range(7))
        if CODES[day.weekday()] in ordered
    )
    start, end = hours
    starts = _at(first, start)
    ends = starts + timedelta(minutes=end) if isinstance(end, int) else _at(first, end)
    return {
        "starts": wall_time(starts),
        "ends": wall_time(ends),
        "timezone": PARIS.key,
        "rrule": f"FREQ=WEEKLY;BYDAY={','.join(ordered)}",
    }


def _hours(answers: Mapping[str, Any]) -> tuple[time, int]:
    if not answers.get("start"):
        return DAY[0], (DAY[1].hour - DAY[0].hour) * 60
    return time.fromisoformat(answers["start"]), int(answers.get("minutes") or USUAL_MINUTES)


def _range(starts: datetime, ends: datetime) -> Schedule:
    return {"starts": rfc3339(starts), "ends": rfc3339(ends), "timezone": PARIS.key}


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=PARIS)
