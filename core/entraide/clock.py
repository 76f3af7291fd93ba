"""The one place that knows what time it is."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from entraide.binding import Bound

PARIS = ZoneInfo("Europe/Paris")
"""Dates that people read (`verify_by`, deadlines) are days in this zone."""


class Clock(Protocol):
    """Anything that tells the time; tests bring their own."""

    def now(self) -> datetime:
        """Return the current time, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


class FakeClock:
    """A clock that moves only when told; shipped for tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time that was set."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move the clock by `step` (which may be negative: clocks do jump)."""
        self._now += step


_clock: ContextVar[Clock] = ContextVar("entraide_clock", default=SystemClock())  # noqa: B039 - stateless


def using(clock: Clock) -> Bound[Clock]:
    """Make `clock` the clock of a block."""
    return Bound(_clock, clock)


def now() -> datetime:
    """Return the current time, aware and in UTC."""
    return _clock.get().now()


def today() -> date:
    """Return the current day in France."""
    return now().astimezone(PARIS).date()


def is_within(moment: datetime, span: timedelta) -> bool:
    """Return whether `moment` lies less than `span` back; one ahead, of a wrong clock, does not."""
    return timedelta() <= now() - moment < span


def milliseconds() -> int:
    """Return the time since 1970 in milliseconds."""
    return int(now().timestamp() * 1000)


def wall_time(moment: datetime, zone: ZoneInfo = PARIS) -> str:
    """Write what a clock in `zone` shows at an aware time: `2026-01-05T11:00:00`, without offset.

    Series are kept like this: a Monday at 18:00 stays at 18:00 when the clocks change.
    """
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def rfc3339(moment: datetime) -> str:
    """Write an aware time as RFC 3339 in UTC with second precision: `2026-01-05T10:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
