"""The days on which a schedule takes place, always in a bounded number of steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MOST_DAYS_WALKED = 3660
"""Ten years: a rule that started earlier is not followed further."""

MOST_DAYS_KEPT = 400
DAYS_IN_WEEK = 7
LONGEST_RULE = 500
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"}


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """The part of RFC 5545 recurrence rules whose days can be told one by one."""

    frequency: str
    interval: int
    count: int
    until: date
    weekdays: frozenset[tuple[int, int]]
    month_days: frozenset[int]
    months: frozenset[int]

    def includes(self, day: date, start: date) -> bool:
        """Return whether `day` is an occurrence of the series that starts on `start`."""
        if self.months and day.month not in self.months:
            return False
        if _periods_between(self.frequency, start, day) % self.interval:
            return False
        if self.month_days:
            return day.day in self.month_days or day.day - _month_length(day) - 1 in self.month_days
        if self.weekdays:
            return self._is_weekday(day)
        return _is_like_start(self.frequency, day, start, any_month=bool(self.months))

    def _is_weekday(self, day: date) -> bool:
        nth = (day.day - 1) // DAYS_IN_WEEK + 1
        nth_last = -((_month_length(day) - day.day) // DAYS_IN_WEEK + 1)
        return any((number, day.weekday()) in self.weekdays for number in (0, nth, nth_last))


def parse_rule(text: str) -> RecurrenceRule | None:
    """Return the rule, or None when it is wrong or holds parts that we do not follow."""
    parts = _parts_of(text[:LONGEST_RULE])
    if not parts.keys() <= KNOWN_PARTS:
        return None
    if parts.get("FREQ") not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        return None
    try:
        return RecurrenceRule(
            frequency=parts["FREQ"],
            interval=max(1, int(parts.get("INTERVAL", "1"))),
            count=int(parts.get("COUNT", MOST_DAYS_WALKED)),
            until=date.fromisoformat(parts["UNTIL"][:8]) if "UNTIL" in parts else date.max,
            weekdays=frozenset(map(_parse_weekday, _split(parts.get("BYDAY", "")))),
            month_days=frozenset(map(int, _split(parts.get("BYMONTHDAY", "")))),
            months=frozenset(map(int, _split(parts.get("BYMONTH", "")))),
        )
    except ValueError:
        return None


def _parts_of(rule: str) -> dict[str, str]:
    parts = rule.upper().removeprefix("RRULE:").split(";")
    return dict(part.split("=", 1) for part in parts if "=" in part)


def occurrence_days(rule: RecurrenceRule, start: date, last: date) -> list[date]:
    """Return the last 400 days of the series that fall between `start` and `last`, included."""
    days = list(_walk(rule, start, min(last, rule.until)))
    return days[-MOST_DAYS_KEPT:]


def _walk(rule: RecurrenceRule, start: date, last: date) -> Iterator[date]:
    left = rule.count
    for step in range(min((last - start).days + 1, MOST_DAYS_WALKED)):
        day = start + timedelta(days=step)
        # RFC 5545 3.8.5.3: the start is the first occurrence, whether the rule gives it or not.
        if left > 0 and (step == 0 or rule.includes(day, start)):
            left -= 1
            yield day


def _periods_between(frequency: str, start: date, day: date) -> int:
    if frequency == "DAILY":
        return (day - start).days
    if frequency == "WEEKLY":
        monday = start - timedelta(days=start.weekday())
        return (day - monday).days // DAYS_IN_WEEK
    if frequency == "MONTHLY":
        return (day.year - start.year) * 12 + day.month - start.month
    return day.year - start.year


def _is_like_start(frequency: str, day: date, start: date, *, any_month: bool) -> bool:
    if frequency == "WEEKLY":
        return day.weekday() == start.weekday()
    if frequency == "MONTHLY" or (frequency == "YEARLY" and any_month):
        return day.day == start.day
    if frequency == "YEARLY":
        return (day.month, day.day) == (start.month, start.day)
    return True


def _month_length(day: date) -> int:
    next_month = day.replace(day=28) + timedelta(days=4)
    return (next_month - timedelta(days=next_month.day)).day


def _parse_weekday(text: str) -> tuple[int, int]:
    """Return (which one in the month, weekday): `-1FR` gives (-1, 4), `MO` gives (0, 0)."""
    match = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text)
    if match is None:
        raise ValueError(text)
    return int(match[1] or 0), WEEKDAYS.index(match[2])


def _split(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
