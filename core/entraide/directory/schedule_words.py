"""Schedules in words: when something takes place, for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entraide import i18n
from entraide.clock import PARIS
from entraide.i18n import Text, catalogue

_ = catalogue("entraide")

WEEKDAYS: tuple[tuple[str, Text], ...] = (
    ("MO", _("Monday")), ("TU", _("Tuesday")), ("WE", _("Wednesday")), ("TH", _("Thursday")),
    ("FR", _("Friday")), ("SA", _("Saturday")), ("SU", _("Sunday")),
)  # fmt: skip
CODES = tuple(code for code, _words in WEEKDAYS)
WORKING_DAYS = CODES[:5]


def in_words(schedule: Mapping[str, Any] | None) -> str:
    """Write when something takes place; any time when there is no schedule."""
    if not schedule or not schedule.get("starts"):
        return str(_("Any time"))
    starts = local_time(schedule["starts"])
    if not schedule.get("ends"):
        return _without_end(starts, schedule)
    ends = local_time(schedule["ends"])
    values = {"start": f"{starts:%H:%M}", "end": f"{ends:%H:%M}"}
    if codes := _days_of(schedule.get("rrule") or ""):
        return str(_("%(days)s, from %(start)s to %(end)s", days=_days_in_words(codes), **values))
    if starts.date() != ends.date():
        first, last = i18n.date_in(starts.date()), i18n.date_in(ends.date())
        return str(_("From %(first)s to %(last)s", first=first, last=last))
    day = i18n.day_in_words(starts.date())
    return str(_("%(day)s, from %(start)s to %(end)s", day=day, **values))


def local_time(moment: str) -> datetime:
    """Read a moment of a schedule: in French time, or as its own zone's clock shows it."""
    read = datetime.fromisoformat(moment)
    try:
        return read.astimezone(PARIS) if read.tzinfo else read
    except OverflowError:
        # The last evening of the year 9999 ends in a year that no calendar here has. Other sites
        # may sign such a time, and every list that shows their offer must go on.
        return read.replace(tzinfo=None)


def _without_end(starts: datetime, schedule: Mapping[str, Any]) -> str:
    codes = _days_of(schedule.get("rrule") or "")
    when = _days_in_words(codes) if codes else i18n.day_in_words(starts.date())
    return str(_("%(days)s at %(hour)s", days=when, hour=f"{starts:%H:%M}"))


def _days_of(rule: str) -> list[str]:
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    if parts.get("FREQ") != "WEEKLY":
        return []
    return [code for code in parts.get("BYDAY", "").split(",") if code in CODES]


def _days_in_words(codes: list[str]) -> str:
    if tuple(codes) == WORKING_DAYS:
        return str(_("Monday to Friday"))
    labels = dict(WEEKDAYS)
    return ", ".join(str(labels[code]) for code in codes)
