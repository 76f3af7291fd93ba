"""What speaks against an outing: it has to lie ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from entraide import Offer, Problem, catalogue, clock

_ = catalogue(__package__)


def problems_of(subject: Any) -> list[Problem]:
    """Return why an outing cannot be saved: a date without repetition that has passed."""
    if not isinstance(subject, Offer) or subject.kind != "outing" or not subject.schedule:
        return []
    if subject.schedule.get("rrule") or is_ahead(subject.schedule):
        return []
    return [Problem(_("The date of this outing has passed. Choose a later one."), "schedule")]


def is_ahead(schedule: Mapping[str, Any]) -> bool:
    """Return whether something of a schedule is still to come; local times are of its `timezone`."""
    last = schedule.get("ends") or schedule["starts"]
    moment = datetime.fromisoformat(last)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone_of(schedule))
    return moment >= clock.now()


def _zone_of(schedule: Mapping[str, Any]) -> ZoneInfo:
    try:
        return ZoneInfo(schedule.get("timezone") or clock.PARIS.key)
    except (KeyError, ValueError, OSError):
        # Another site may name a zone that this machine does not know.
        return clock.PARIS
