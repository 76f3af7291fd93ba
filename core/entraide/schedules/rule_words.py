"""Rules of recurrence in words: "Chaque vendredi", "Le lundi et le mercredi", "Tous les jours"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from entraide import i18n
from entraide.i18n import Text, catalogue

_ = catalogue("entraide")

WEEKDAYS: tuple[tuple[str, Text], ...] = (
    ("MO", _("Monday")),
    ("TU", _("Tuesday")),
    ("WE", _("Wednesday")),
    ("TH", _("Thursday")),
    ("FR", _("Friday")),
    ("SA", _("Saturday")),
    ("SU", _("Sunday")),
)
CODES = tuple(code for code, _words in WEEKDAYS)
WORKING_DAYS = CODES[:5]
LABELS = dict(WEEKDAYS)
ORDINALS: dict[str, Text] = {
    "1": _("first"),
    "2": _("second"),
    "3": _("third"),
    "4": _("fourth"),
    "-1": _("last"),
}
_IN_MONTH = re.compile(r"(-?[1-4])(MO|TU|WE|TH|FR|SA|SU)")


def rule_in_words(rule: str, first: date) -> str:
    """Write how something comes again, from its rule (RFC 5545) and its first day.

    Empty for what has no rule, and for rules that only a calendar could follow.
    """
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    days = _days_of(parts, first)
    if not days:
        return ""
    words = _every(parts, days)
    if until := until_of(rule):
        words = str(_("%(days)s until %(day)s", days=words, day=i18n.date_in(until)))
    return words


def _days_of(parts: dict[str, str], first: date) -> list[str]:
    given = [code for code in parts.get("BYDAY", "").split(",") if code]
    match parts.get("FREQ"):
        case "DAILY":
            return given or [*CODES]
        case "WEEKLY":
            known = sorted({code for code in given if code in CODES}, key=CODES.index)
            return known or [CODES[first.weekday()]]
        case "MONTHLY" if given and all(_IN_MONTH.fullmatch(code) for code in given):
            return given
        case _:
            return []


def _every(parts: dict[str, str], days: Sequence[str]) -> str:
    interval = parts.get("INTERVAL", "1").lstrip("0") or "1"
    if interval == "1":
        return _each_time(parts["FREQ"], days)
    if parts["FREQ"] == "DAILY":
        return str(_("every %(count)s days", count=interval))
    if parts["FREQ"] == "MONTHLY":
        named = _each_time("MONTHLY", days)
        return str(_("%(days)s, every %(count)s months", days=named, count=interval))
    return str(_("%(days)s, every %(count)s weeks", days=_named(days), count=interval))


def _each_time(frequency: str, days: Sequence[str]) -> str:
    if frequency == "MONTHLY":
        return str(
            _("on the %(days)s of the month", days=_joined([_in_month(day) for day in days]))
        )
    if tuple(days) == CODES:
        return str(_("Every day"))
    if tuple(days) == WORKING_DAYS:
        return str(_("Monday to Friday"))
    if len(days) == 1:
        return str(_("Every %(day)s", day=LABELS[days[0]]))
    return _named(days)


def _named(days: Sequence[str]) -> str:
    return _joined([str(_("on %(day)s", day=LABELS[code])) for code in days])


def _in_month(code: str) -> str:
    match = _IN_MONTH.fullmatch(code)
    ordinal, day = match.groups() if match else ("1", code)
    return str(_("%(ordinal)s %(day)s", ordinal=ORDINALS.get(ordinal, ordinal), day=LABELS[day]))


def _joined(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return str(_("%(some)s and %(last)s", some=", ".join(words[:-1]), last=words[-1]))


def until_of(rule: str) -> date | None:
    """Return the last day that a rule names, None when it goes on."""
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    value = parts.get("UNTIL", "")
    try:
        return datetime.fromisoformat(value).date() if value else None
    except ValueError:
        return None
