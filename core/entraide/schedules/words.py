"""Schedules in words: when something takes place, for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime, time, timedelta
from typing import Any

from entraide import i18n
from entraide.clock import PARIS
from entraide.i18n import catalogue
from entraide.schedules.rule_words import CODES, WEEKDAYS, WORKING_DAYS, rule_in_words

__all__ = [
    "CODES",
    "DAY",
    "WEEKDAYS",
    "WORKING_DAYS",
    "in_words",
    "local_time",
]

_ = catalogue("entraide")

DAY = (time(9), time(18))
"""What a day means when nobody gave an hour."""

_SHORT_STAY = timedelta(days=2)


def in_words(schedule: Mapping[str, Any] | None) -> str:
    """Write when something takes place; any time when there is no schedule."""
    if not schedule or not schedule.get("starts"):
        return str(_("Any time"))
    starts = local_time(schedule["starts"])
    ends = local_time(schedule["ends"]) if schedule.get("ends") else None
    rule = rule_in_words(schedule.get("rrule") or "", starts.date())
    words = rule or i18n.day_in_words(starts.date())
    if ends is None:
        words = str(_("%(days)s at %(hour)s", days=words, hour=i18n.hour_in(starts)))
    elif ends - starts >= timedelta(days=1) and not rule:
        words = _range(starts, ends)
    else:
        words = _hours(words, starts, ends)
    if not rule and _is_skipped(schedule["starts"]):
        words = str(_("%(words)s (the clocks go forward: there is no earlier hour)", words=words))
    return words[:1].upper() + words[1:]


def local_time(moment: str) -> datetime:
    """Read a moment of a schedule: in French time, or as its own zone's clock shows it.

    An hour that the change of clocks leaves out becomes the next full one.
    """
    read = datetime.fromisoformat(moment)
    try:
        if read.tzinfo:
            return read.astimezone(PARIS)
        return _next_hour(read) if _is_skipped(moment) else read
    except OverflowError:
        # The last evening of the year 9999 ends in a year that no calendar here has. Other sites
        # may sign such a time, and every list that shows their offer must go on.
        return read.replace(tzinfo=None)


def _hours(days: str, starts: datetime, ends: datetime) -> str:
    values = {"days": days, "start": i18n.hour_in(starts), "end": i18n.hour_in(ends)}
    if ends.date() != starts.date():
        return str(_("%(days)s, from %(start)s to %(end)s the next day", **values))
    return str(_("%(days)s, from %(start)s to %(end)s", **values))


def _range(starts: datetime, ends: datetime) -> str:
    first, last = i18n.date_in(starts.date()), i18n.date_in(ends.date())
    is_whole_days = (starts.time(), ends.time()) == DAY and ends - starts > _SHORT_STAY
    if is_whole_days:
        return str(_("From %(first)s to %(last)s", first=first, last=last))
    return str(
        _(
            "From %(first)s at %(start)s to %(last)s at %(end)s",
            first=first,
            last=last,
            start=i18n.hour_in(starts),
            end=i18n.hour_in(ends),
        )
    )


def _is_skipped(moment: str) -> bool:
    """Return whether a local time falls into the hour that clocks leave out in spring."""
    read = datetime.fromisoformat(moment)
    if read.tzinfo or not MINYEAR < read.year < MAXYEAR:
        return False
    shown = read.replace(tzinfo=PARIS).astimezone(UTC).astimezone(PARIS)
    return shown.replace(tzinfo=None) != read


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0) + timedelta(hours=1)
