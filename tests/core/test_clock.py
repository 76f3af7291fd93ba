"""The one place that knows what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from entraide import clock


def test_system_clock_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC


def test_fake_clock_moves_only_when_told():
    fake = clock.FakeClock(datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=2))))
    with clock.using(fake):
        assert clock.now() == datetime(2026, 1, 5, 10, tzinfo=UTC)
        fake.advance(timedelta(minutes=-1))
        assert clock.rfc3339(clock.now()) == "2026-01-05T09:59:00Z"
    assert clock.now() > datetime(2026, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-05T22:59:59+00:00", "2026-01-05"),
        ("2026-01-05T23:00:00+00:00", "2026-01-06"),
        ("2026-07-05T21:59:59+00:00", "2026-07-05"),
        ("2026-07-05T22:00:00+00:00", "2026-07-06"),
    ],
)
def test_today_is_a_day_in_france(moment, day):
    with clock.using(clock.FakeClock(datetime.fromisoformat(moment))):
        assert clock.today().isoformat() == day


def test_milliseconds():
    with clock.using(clock.FakeClock(datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC))):
        assert clock.milliseconds() == 1500
