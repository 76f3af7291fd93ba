"""Days and times as people type them where the browser has no field of its own for them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Any

from marshmallow import fields

from entraide import clock

MONTHS = (
    ("janvier", "january", "janv", "jan"),
    ("février", "fevrier", "february", "févr", "fév", "feb", "fev"),
    ("mars", "march", "mar"),
    ("avril", "april", "avr", "apr"),
    ("mai", "may"),
    ("juin", "june", "jun"),
    ("juillet", "july", "juil", "jul"),
    ("août", "aout", "august", "aug"),
    ("septembre", "september", "sept", "sep"),
    ("octobre", "october", "oct"),
    ("novembre", "november", "nov"),
    ("décembre", "decembre", "december", "déc", "dec"),
)
_MONTH_OF = {name: month for month, names in enumerate(MONTHS, start=1) for name in names}
_FROM_TODAY = {
    "aujourd'hui": 0,
    "today": 0,
    "demain": 1,
    "tomorrow": 1,
    "après-demain": 2,
    "apres-demain": 2,
}
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_NUMBER = r"(?P<day>[0-9]{1,2})(?:er|st|nd|rd|th)?"
_NAME = r"(?P<month>[^\W\d]+)\.?"
_DAYS = (
    re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})"),
    re.compile(
        rf"(?:[^\W\d]+\.? )?(?P<day>[0-9]{{1,2}})\s*[-/. ]\s*(?P<month>[0-9]{{1,2}})"
        rf"(?:\s*[-/. ]\s*{_YEAR})?"
    ),
    re.compile(rf"(?:[^\W\d]+\.?,? )*{_NUMBER} {_NAME}(?:,? {_YEAR})?"),
    re.compile(rf"(?:[^\W\d]+\.?,? )?{_NAME} {_NUMBER}(?:,? {_YEAR})?"),
)
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})\s*(?:[:h.]|heures?)?\s*(?P<minute>(?<=[:h.\s])[0-9]{2})?\s*(?:min|mn)?"
)
_CENTURY = 2000


def as_typed(field: fields.Field[Any], typed: str) -> str:
    """Return what was typed as its field reads it: days and times in ISO 8601."""
    if isinstance(field, fields.Date):
        return iso_day(typed)
    return iso_time(typed) if isinstance(field, fields.Time) else typed


def iso_day(typed: str) -> str:
    """Return a day as a schema reads it: `12/12/2026`, `12.12.26`, `1er mai 2026` in ISO 8601.

    Days come before months, as in France; without a year the next such day is meant, and
    `demain` is tomorrow. What is no day comes back as it was typed.
    """
    words = " ".join(_plain(typed).split())
    if words in _FROM_TODAY:
        return (clock.today() + timedelta(days=_FROM_TODAY[words])).isoformat()
    for pattern in _DAYS:
        if (match := pattern.fullmatch(words)) and (day := _day_of(match)):
            return day
    return typed


def iso_time(typed: str) -> str:
    """Return a time as a schema reads it: `8:15`, `8h15`, `8 h 15` as `08:15`, `8 h` as `08:00`.

    What is no time comes back as it was typed.
    """
    match = _TIME.fullmatch(" ".join(typed.casefold().split()))
    if match is None:
        return typed
    return f"{int(match['hour']):02}:{match['minute'] or '00'}"


def _plain(typed: str) -> str:
    """Return what was typed in small letters, with the figures and apostrophes of a keyboard."""
    figures = (str(int(sign)) if sign.isdecimal() else sign for sign in typed.casefold())
    return unicodedata.normalize("NFC", "".join(figures)).replace("\u2019", "'")


def _day_of(match: re.Match[str]) -> str | None:
    named = match["month"]
    month = int(named) if named.isdecimal() else _MONTH_OF.get(named, 0)
    if match["year"] is not None:
        year = int(match["year"])
        return _iso(year if year > 99 else _CENTURY + year, month, int(match["day"]))  # noqa: PLR2004 - two digits of a year
    today = clock.today()
    days = (_iso(year, month, int(match["day"])) for year in (today.year, today.year + 1))
    return next((day for day in days if day and day >= today.isoformat()), None)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
