"""Values of fields that no plugin of this site knows, in words: each by the type described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from entraide import text
from entraide.fields import CODE, is_amount
from entraide.gazetteer import territories
from entraide.i18n import catalogue, day_in_words, hour_in, number_in

_ = catalogue("entraide")

TEXT, NUMBER, AMOUNT, FLAG = "text", "integer", "decimal", "boolean"
DAY, TIME, COMMUNE = "date", "time", "commune"

MOST_ITEMS = 30
LONGEST_TEXT = 500
LONGEST_TIME = 8


def in_words(
    type_name: str,
    value: Any,
    choices: Mapping[str, str],
    *,
    unit: str = "",
    is_complete: bool = False,
) -> str:
    """Return one value as people read it; empty for one of another type, or of no known one.

    `choices` words values, `unit` stands behind a number that has no words of its own.
    """
    if isinstance(value, bool) or type_name == FLAG:
        is_flag = isinstance(value, bool) and type_name == FLAG
        return _flag(choices, is_yes=value, is_complete=is_complete) if is_flag else ""
    write = _WRITERS.get(type_name)
    words = write(value) if write else ""
    # A zero may travel as 0.0 or as a text.
    if chosen := words and (choices.get(str(value)) or choices.get(words)):
        return chosen
    has_unit = words and unit and type_name in (NUMBER, AMOUNT)
    return f"{words}\u00a0{unit}" if has_unit else words


def _flag(choices: Mapping[str, str], *, is_yes: bool, is_complete: bool) -> str:
    """Write a "yes" always, a "no" where it has words of its own or everything is written."""
    if is_yes:
        return str(_("Yes"))
    return choices.get("false", str(_("No")) if is_complete else "")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT].rstrip()}…"


def _number(value: Any) -> str:
    is_whole = isinstance(value, int) and abs(value) <= text.MAX_INTEGER
    return str(value) if is_whole else ""


def _amount(value: Any) -> str:
    if is_amount(value):
        # It travels as a text; another site may write it with a comma, as people do.
        return number_in(float(value.replace(",", ".")))
    is_number = isinstance(value, int | float) and abs(value) <= text.MAX_INTEGER
    return number_in(value) if is_number else ""


def _day(value: Any) -> str:
    try:
        return day_in_words(date.fromisoformat(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _time(value: Any) -> str:
    try:
        is_time = isinstance(value, str) and len(value) <= LONGEST_TIME
        return hour_in(time.fromisoformat(value)) if is_time else _text(value)
    except ValueError:
        return _text(value)


def _commune(value: Any) -> str:
    is_code = isinstance(value, str) and CODE.fullmatch(value)
    return territories.names([value])[0] if is_code else ""


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    TEXT: _text,
    NUMBER: _number,
    AMOUNT: _amount,
    DAY: _day,
    TIME: _time,
    COMMUNE: _commune,
}
