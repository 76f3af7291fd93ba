"""Rules for the single values of an offer: days, times, places, kinds, texts."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from entraide import clock, runtime, text
from entraide.directory.rule_parts import is_rule
from entraide.errors import BadInput, BadText
from entraide.gazetteer import territories

MAX_TERRITORY = 20
LONGEST = timedelta(days=731)
"""An offer is confirmed again at the latest after two years."""

MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z?")
ZONE = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")


def clean_text(value: str, *, single_line: bool) -> str:
    """Apply the text policy; ValidationError says what to take out."""
    try:
        return text.clean(value, single_line=single_line)
    except BadText as error:
        raise ValidationError(str(error.detail)) from error


def check_kind(name: str) -> None:
    """Refuse a kind that no plugin of this site declares."""
    known = runtime.current().kinds
    if name not in known:
        raise ValidationError(f"One of: {', '.join(sorted(known))}.")


def check_territory(codes: list[str]) -> None:
    """Refuse unknown codes, codes given twice, none and more than twenty."""
    if not 1 <= len(codes) <= MAX_TERRITORY:
        raise ValidationError(f"Give 1 to {MAX_TERRITORY} INSEE codes of communes.")
    if len(set(codes)) != len(codes):
        raise ValidationError("A code is given twice.")
    try:
        territories.check_codes(codes)
    except BadInput as error:
        raise ValidationError(str(error)) from error


def check_last_day(day: date) -> None:
    """Refuse a day that has passed and one more than two years ahead."""
    today = clock.today()
    if not today <= day <= today + LONGEST:
        raise ValidationError(f"Choose a day from {today} to {today + LONGEST}.")


def check_moment(value: str) -> None:
    """Refuse what is no time of a schedule."""
    _check_spelling(MOMENT, value, "2027-05-31T14:00")
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValidationError("There is no such day or time.") from error


def check_zone(value: str) -> None:
    """Refuse a time zone that does not exist."""
    _check_spelling(ZONE, value, "Europe/Paris")
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError("There is no such time zone; try Europe/Paris.") from error


def check_rule(value: str) -> None:
    """Refuse what is no recurrence rule (RFC 5545), or more than one: parts of one's own."""
    if not is_rule(value):
        raise ValidationError("Not a recurrence rule; try FREQ=WEEKLY;BYDAY=TU.")


def _check_spelling(pattern: re.Pattern[str], value: str, example: str) -> None:
    if not pattern.fullmatch(value):
        raise ValidationError(f"Not spelled as the protocol asks, for example {example}.")
