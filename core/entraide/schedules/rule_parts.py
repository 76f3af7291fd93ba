"""The parts of a recurrence rule (RFC 5545, 3.3.10) and what each may hold: nothing else passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from entraide.contact_details import find_contact_details

LONGEST_RULE = 300
FREQUENCIES = frozenset(("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
MOST = 9_999
"""The highest COUNT and INTERVAL: what goes on for longer needs no end."""

_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_UNTIL = re.compile(r"[0-9]{8}(?:T[0-9]{6}Z?)?")
_DAYS = re.compile(rf"(?:[+-]?[0-9]{{1,2}})?{_DAY}(?:,(?:[+-]?[0-9]{{1,2}})?{_DAY})*")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>[0-9]{1,4})")


def _is_until(value: str) -> bool:
    try:
        return bool(_UNTIL.fullmatch(value) and datetime.fromisoformat(value))
    except ValueError:
        return False


def _are_numbers(least: int, most: int, *, from_end: bool = False) -> Callable[[str], bool]:
    """Return a check of a list of numbers; with `from_end` -1 is the last one."""

    def check(value: str) -> bool:
        for item in value.split(","):
            match = _NUMBER.fullmatch(item)
            is_signed = match is not None and match["sign"] != ""
            if match is None or (is_signed and not from_end):
                return False
            if not least <= int(match["digits"]) <= most:
                return False
        return True

    return check


def _is_number(value: str) -> bool:
    return value.isdecimal() and _are_numbers(1, MOST)(value)


PARTS: dict[str, Callable[[str], bool]] = {
    "FREQ": FREQUENCIES.__contains__,
    "UNTIL": _is_until,
    "COUNT": _is_number,
    "INTERVAL": _is_number,
    "BYSECOND": _are_numbers(0, 60),
    "BYMINUTE": _are_numbers(0, 59),
    "BYHOUR": _are_numbers(0, 23),
    "BYDAY": lambda value: bool(_DAYS.fullmatch(value)),
    "BYMONTHDAY": _are_numbers(1, 31, from_end=True),
    "BYYEARDAY": _are_numbers(1, 366, from_end=True),
    "BYWEEKNO": _are_numbers(1, 53, from_end=True),
    "BYMONTH": _are_numbers(1, 12),
    "BYSETPOS": _are_numbers(1, 366, from_end=True),
    "WKST": lambda value: bool(re.fullmatch(_DAY, value)),
}


def is_rule(rule: str) -> bool:
    """Return whether a text is a recurrence rule and nothing more.

    Strangers read it: parts of one's own, which other calendars skip, are a place for words, and a
    list of numbers may be that of a phone.
    """
    parts = [part.partition("=")[::2] for part in rule.split(";")]
    given = dict(parts)
    return (
        len(rule) <= LONGEST_RULE
        and len(given) == len(parts)
        and "FREQ" in given
        and all(name in PARTS and PARTS[name](value) for name, value in parts)
        and not find_contact_details(rule)
    )
