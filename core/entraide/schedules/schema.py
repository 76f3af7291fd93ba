"""When an offer takes place: the one schema of a schedule, spelled as the protocol asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from entraide import clock
from entraide.schedules import spelling


class ScheduleSchema(Schema):
    """When an offer takes place: times are local to `timezone` unless they end in Z.

    Spelled as the protocol asks, because federated offers carry it unchanged.
    """

    starts = fields.String(required=True, validate=spelling.check_moment)
    ends = fields.String(validate=spelling.check_moment)
    rrule = fields.String(validate=spelling.check_rule)
    timezone = fields.String(required=True, validate=spelling.check_zone)

    @validates_schema
    def check_order(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse an end before the start, and a mixture of local and universal times."""
        starts, ends = data["starts"], data.get("ends")
        if ends is None:
            return
        if starts.endswith("Z") != ends.endswith("Z"):
            raise ValidationError("Write both times in the same way, with Z or without.", "ends")
        if datetime.fromisoformat(ends) < datetime.fromisoformat(starts):
            raise ValidationError("The end lies before the start.", "ends")

    @post_load
    def keep_series_local(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Write the times of a series as its zone's clock shows them, so that they stay there."""
        if "rrule" not in data:
            return data
        return data | {
            name: _on_the_clock(name, data[name], data["timezone"])
            for name in ("starts", "ends")
            if data.get(name, "").endswith("Z")
        }


def _on_the_clock(name: str, moment: str, zone: str) -> str:
    try:
        return clock.wall_time(datetime.fromisoformat(moment), ZoneInfo(zone))
    except OverflowError as error:
        # The first and the last hours of the calendar have no local time everywhere.
        raise ValidationError("There is no such day or time.", name) from error
