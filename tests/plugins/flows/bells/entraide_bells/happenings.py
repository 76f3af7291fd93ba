"""What happens to bells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from entraide.events import Event


@dataclass(frozen=True)
class BellRung(Event):
    """The bell of the member `identifier` was rung."""

    times: int
    rung_at: datetime
    day: date
