"""School holidays: which zone a department is in, and its next holidays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from vacances_scolaires_france import SchoolHolidayDates

DEPARTMENTS = {
    "A": "01 03 07 15 16 17 19 21 23 24 25 26 33 38 39 40 42 43 47 58 63 64 69 70 71 73 74 79 86 "
    "87 89 90",
    "C": "09 11 12 30 31 32 34 46 48 65 66 75 77 78 81 82 91 92 93 94 95",
}
"""Departments of the school zones A and C since autumn 2015; the others on the mainland are B."""
ZONES = {code: zone for zone, codes in DEPARTMENTS.items() for code in codes.split()}

HORIZON_DAYS = 150
"""Two holidays never begin farther apart than this (1 September to the end of October, ...)."""

SHORTEST_DAYS = 7
"""A long week-end is not school holidays."""


def zone_of(department: str) -> str | None:
    """Return A, B or C; None for Corsica and overseas, whose holidays are their own."""
    is_mainland = department.isdigit() and len(department) == 2  # noqa: PLR2004 - 971 is overseas
    return ZONES.get(department, "B") if is_mainland else None


def next_holidays(department: str, today: date) -> tuple[date, date] | None:
    """Return the first and last day of the running or next school holidays, None when unknown."""
    zone = zone_of(department)
    if zone is None:
        return None
    first: date | None = None
    for step in range(HORIZON_DAYS):
        day = today + timedelta(days=step)
        if _is_holiday(day, zone):
            first = first or day
        elif first is not None and _is_long(first, day - timedelta(days=1), zone):
            return first, day - timedelta(days=1)
        else:
            first = None
    return None


def _is_long(first: date, last: date, zone: str) -> bool:
    # Holidays that are running began before today: count their days before `first` too.
    while _is_holiday(first - timedelta(days=1), zone):
        first -= timedelta(days=1)
    return (last - first).days + 1 >= SHORTEST_DAYS


def _is_holiday(day: date, zone: str) -> bool:
    row = _calendar().get(day)
    return row is not None and bool(row[f"vacances_zone_{zone.lower()}"])


@cache
def _calendar() -> dict[date, dict[str, object]]:
    calendar: dict[date, dict[str, object]] = SchoolHolidayDates().data
    return calendar
