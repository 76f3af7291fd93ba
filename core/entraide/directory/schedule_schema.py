"""When an offer takes place: the one schema of a schedule, spelled as the protocol asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from entraide.directory import checks


class ScheduleSchema(Schema):
    """When an offer takes place: times are local to `timezone` unless they end in Z.

    Spelled as the protocol asks, because federated offers carry it unchanged.
    """

    starts = fields.String(required=True, validate=checks.check_moment)
    ends = fields.String(validate=checks.check_moment)
    rrule = fields.String(validate=checks.check_rule)
    timezone = fields.String(required=True, validate=checks.check_zone)

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
