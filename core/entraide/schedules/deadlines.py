"""The last day of what has a date: no answer is awaited after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from entraide.schedules.rule_words import until_of
from entraide.schedules.words import local_time


def last_day(schedule: Mapping[str, Any] | None) -> date | None:
    """Return the day after which nothing takes place any more, None when there is no such day."""
    if not schedule or not schedule.get("starts"):
        return None
    if schedule.get("rrule"):
        return until_of(schedule["rrule"])
    return local_time(schedule.get("ends") or schedule["starts"]).date()


def earliest(day: date, schedule: Mapping[str, Any] | None) -> date:
    """Return `day`, or the last day of the schedule when that comes first.

    Nobody answers, or confirms, what has taken place already.
    """
    last = last_day(schedule)
    return min(day, last) if last else day
