"""The parts of a row that may leave the site: public fields, schedule, registers' numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from entraide import Kind, clock, published_part, text
from entraide_federation.protocol import members

_IDENTIFIERS: Mapping[str, re.Pattern[str]] = {
    "rna": members.RNA,
    "siret": members.SIRET,
    "data_inclusion": members.INCLUSION,
}


def public_payload(kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a payload that its kind marks public, as JSON values of the profile.

    A payload of an older release goes through the kind's upcasts; raises UpcastFailed.
    """
    # Asked again here: a later release of the plugin may have made a field private.
    return {name: _portable(value) for name, value in published_part(kind, payload).items()}


def _portable(value: Any) -> Any:
    """Return a JSON value as the profile has it: decimals and long integers become strings."""
    if isinstance(value, float):
        # Never 1e-06: readers take digits and a point.
        return format(Decimal(str(value)), "f")
    if isinstance(value, int) and abs(value) > text.MAX_INTEGER:
        return str(value)
    if isinstance(value, list):
        return [_portable(item) for item in value]
    if isinstance(value, dict):
        return {name: _portable(item) for name, item in value.items()}
    return value


def public_identifiers(identifiers: Mapping[str, Any]) -> dict[str, str]:
    """Return the registers' numbers of an organisation that are spelled as readers expect."""
    return {
        name: str(identifiers[name])
        for name, pattern in _IDENTIFIERS.items()
        if pattern.fullmatch(str(identifiers.get(name, "")))
    }


def public_schedule(schedule: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the four members of a schedule, None for one without a start."""
    if not schedule.get("starts"):
        return None
    zone = str(schedule.get("timezone") or clock.PARIS.key)
    rule = {"rrule": str(schedule["rrule"])} if schedule.get("rrule") else {}
    public = {
        name: _spelled(str(schedule[name]), zone, is_series=bool(rule))
        for name in ("starts", "ends")
        if schedule.get(name)
    }
    return public | rule | {"timezone": zone}


def _spelled(moment: str, zone: str, *, is_series: bool) -> str:
    """Return a time as the protocol has it: local to `zone`, or UTC with Z for a single date.

    A series anchored in UTC would move by an hour when the clocks change.
    """
    at = datetime.fromisoformat(moment)
    if at.tzinfo is None or (moment.endswith("Z") and not is_series):
        return moment
    try:
        return clock.wall_time(at, ZoneInfo(zone))
    except OverflowError:
        # The last hours of the year 9999 have no local time; readers judge what is left.
        return moment
