"""The next times at which something takes place, each with the day by which people name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from entraide.clock import PARIS
from entraide.schedules.recurrence import occurrence_days, parse_rule

AHEAD = timedelta(days=120)
"""How far people plan: later days of a series are not offered yet."""

MOST = 8
"""Days that a form lists at a time."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time: `name` is its day (`2027-01-06`) in a series, empty for what takes place once."""

    name: str
    starts_at: datetime


def coming(schedule: Mapping[str, Any] | None, now: datetime) -> list[Occurrence]:
    """Return the next eight times of a schedule that begin after `now`, the first one first.

    None for what has no date, and for a rule whose days cannot be told one by one.
    """
    if not schedule or not schedule.get("starts"):
        return []
    starts, zone = datetime.fromisoformat(schedule["starts"]), _zone_of(schedule)
    if not schedule.get("rrule"):
        moment = _moment(starts, zone)
        return [Occurrence("", moment)] if moment > now else []
    rule = parse_rule(schedule["rrule"])
    if rule is None:
        return []
    today = now.astimezone(zone).date()
    days = occurrence_days(rule, starts.date(), today + AHEAD)
    times = [_occurrence(day, starts.time(), zone) for day in days if day >= today]
    return [time for time in times if time.starts_at > now][:MOST]


def is_series(schedule: Mapping[str, Any] | None) -> bool:
    """Return whether people come to single days of it."""
    return bool(schedule and schedule.get("rrule") and parse_rule(schedule["rrule"]))


def _occurrence(day: date, hour: time, zone: ZoneInfo) -> Occurrence:
    return Occurrence(day.isoformat(), _moment(datetime.combine(day, hour), zone))


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return a time of a clock on the wall in UTC; the hour left out in spring is the next one."""
    if wall.tzinfo:
        return wall.astimezone(UTC)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    later = wall.replace(minute=0, second=0) + timedelta(hours=1)
    return later.replace(tzinfo=zone).astimezone(UTC)


def _zone_of(schedule: Mapping[str, Any]) -> ZoneInfo:
    try:
        return ZoneInfo(schedule.get("timezone") or PARIS.key)
    except (KeyError, ValueError, OSError):
        # Another site may name a zone that this machine does not know.
        return PARIS
