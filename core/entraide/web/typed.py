"""Days and times as people type them where the browser has no field of its own for them."""

from __future__ import annotations

import re
from datetime import date

MONTHS = (
    ("janvier", "january"), ("février", "fevrier", "february"), ("mars", "march"),
    ("avril", "april"), ("mai", "may"), ("juin", "june"), ("juillet", "july"),
    ("août", "aout", "august"), ("septembre", "september"), ("octobre", "october"),
    ("novembre", "november"), ("décembre", "decembre", "december"),
)  # fmt: skip
_MONTH_OF = {name: month for month, names in enumerate(MONTHS, start=1) for name in names}
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_DAYS = (
    re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})"),
    re.compile(rf"(?P<day>[0-9]{{1,2}})\s*[-/. ]\s*(?P<month>[0-9]{{1,2}})\s*[-/. ]\s*{_YEAR}"),
    re.compile(rf"(?:\w+ )?(?P<day>[0-9]{{1,2}})(?:er)? (?P<month>[^\W\d]+)\.?,? {_YEAR}"),
)
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})\s*(?:[:h.]|heures?)?\s*(?P<minute>(?<=[:h.\s])[0-9]{2})?\s*(?:min|mn)?"
)
_CENTURY = 2000


def iso_day(typed: str) -> str:
    """Return a day as a schema reads it: `12/12/2026`, `12.12.26`, `1er mai 2026` in ISO 8601.

    Days come before months, as in France. What is no day comes back as it was typed.
    """
    words = " ".join(typed.casefold().split())
    for pattern in _DAYS:
        if match := pattern.fullmatch(words):
            return _day_of(match) or typed
    return typed


def iso_time(typed: str) -> str:
    """Return a time as a schema reads it: `8:15`, `8h15`, `8 h 15` as `08:15`, `8 h` as `08:00`.

    What is no time comes back as it was typed.
    """
    match = _TIME.fullmatch(" ".join(typed.casefold().split()))
    if match is None:
        return typed
    return f"{int(match['hour']):02}:{match['minute'] or '00'}"


def _day_of(match: re.Match[str]) -> str | None:
    named = match["month"]
    month = int(named) if named.isdecimal() else _MONTH_OF.get(named, 0)
    year = int(match["year"])
    try:
        return date(year if year > 99 else _CENTURY + year, month, int(match["day"])).isoformat()  # noqa: PLR2004 - two digits of a year
    except ValueError:
        return None
