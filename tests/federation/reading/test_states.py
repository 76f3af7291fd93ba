"""The decisions of the state machine, one row each."""

from datetime import UTC, datetime, timedelta

import pytest

from entraide_federation.protocol.limits import DEFAULT
from entraide_federation.reading.states import (
    Outcome,
    Result,
    SourceState,
    Standing,
    decide,
    pause_after,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
POLL = timedelta(seconds=DEFAULT.poll_seconds)


@pytest.mark.parametrize(
    ("standing", "outcome", "expected"),
    [
        (
            (SourceState.NEW, None, 0),
            Outcome(Result.CHANGED, cursor="c.1"),
            (SourceState.LIVE, "c.1", 0),
        ),
        (
            (SourceState.LIVE, "c.1", 0),
            Outcome(Result.UNCHANGED, cursor="c.1"),
            (SourceState.LIVE, "c.1", 0),
        ),
        (
            (SourceState.BACKOFF, "c.1", 3),
            Outcome(Result.CHANGED, cursor="c.2"),
            (SourceState.LIVE, "c.2", 0),
        ),
        ((SourceState.LIVE, "c.1", 0), Outcome(Result.FAILED), (SourceState.BACKOFF, "c.1", 1)),
        (
            (SourceState.LIVE, "c.1", 0),
            Outcome(Result.PARTIAL, cursor="c.2"),
            (SourceState.LIVE, "c.2", 1),
        ),
        (
            (SourceState.LIVE, "c.1", 1),
            Outcome(Result.CHANGED, cursor="c.2"),
            (SourceState.LIVE, "c.2", 1),
        ),
        (
            (SourceState.LIVE, "c.1", 1),
            Outcome(Result.CHANGED, cursor="c.2", is_whole=True),
            (SourceState.LIVE, "c.2", 0),
        ),
        ((SourceState.LIVE, "c.1", 1), Outcome(Result.FAILED), (SourceState.BACKOFF, None, 2)),
        ((SourceState.LIVE, "c.1", 0), Outcome(Result.FROZEN), (SourceState.FROZEN, "c.1", 1)),
        ((SourceState.FROZEN, "c.1", 1), Outcome(Result.FAILED), (SourceState.FROZEN, "c.1", 2)),
        (
            (SourceState.FROZEN, "c.1", 1),
            Outcome(Result.CHANGED, cursor="c.2"),
            (SourceState.FROZEN, "c.2", 0),
        ),
    ],
)
def test_what_follows_from_an_attempt(standing, outcome, expected):
    decision = decide(
        Standing(*standing), outcome, started_at=NOW, now=NOW, limits=DEFAULT, chance=0.5
    )
    assert (decision.state, decision.cursor, decision.failures) == expected


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 60), (2, 120), (3, 240), (7, 3600), (9, 3600), (10, 3600)]
)
def test_pauses_double_up_to_an_hour(failures, seconds):
    assert pause_after(failures, DEFAULT, 1.0) == timedelta(seconds=seconds)


def test_jitter_is_full_and_the_breaker_has_none():
    assert pause_after(3, DEFAULT, 0.0) == timedelta()
    assert pause_after(10, DEFAULT, 0.0) == timedelta(hours=1)
    assert pause_after(10, DEFAULT.for_development(), 0.0) == timedelta(seconds=4)


@pytest.mark.parametrize(
    ("advice", "pause"),
    [(None, POLL), (5, POLL), (7200, timedelta(hours=2)), (10**9, timedelta(days=1))],
)
def test_advice_lengthens_the_pause_within_reason(advice, pause):
    outcome = Outcome(Result.UNCHANGED, cursor="c.1", advice=advice)
    standing = Standing(SourceState.LIVE, "c.1", 0)
    decision = decide(standing, outcome, started_at=NOW, now=NOW + POLL, limits=DEFAULT, chance=0.5)
    assert decision.next_at == NOW + pause
