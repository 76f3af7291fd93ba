"""How the times, zones and recurrence rules of a schedule are spelled: as the protocol asks."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from entraide.schedules.rule_parts import is_rule

MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z?")
ZONE = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")


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
