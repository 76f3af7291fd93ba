"""What speaks against an outing: it has to lie ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
    """Tell whether something of a schedule is still to come."""
    last = schedule.get("ends") or schedule["starts"]
    moment = datetime.fromisoformat(last)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=clock.PARIS)
    return moment >= clock.now()
