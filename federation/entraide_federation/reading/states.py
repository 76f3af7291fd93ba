"""What follows from an attempt to pull a source: its next state, its cursor, its next time. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from entraide_federation.protocol.limits import Limits
from entraide_federation.store.models import SourceState

BREAKER = 10
"""Failures in a row after which nothing but the longest pause is tried."""

LONGEST_ADVICE = timedelta(days=1)
"""A peer may ask to be left alone for this long at most."""


class Result(StrEnum):
    """How an attempt ended."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    RESYNC = "resync"
    FAILED = "failed"
    FROZEN = "frozen"


@dataclass(frozen=True)
class Outcome:
    """One attempt: what came of it, how many objects it stored, and what went wrong.

    `cursor` and `etag` are those of the feed afterwards; `advice` is how many seconds the peer
    asked to be left alone; `is_whole` says that the snapshot was read. PARTIAL: some origins of a
    relay were refused, the others went on. RESYNC: the change feed cannot go on from here, the
    snapshot can.
    """

    kind: Result
    objects: int = 0
    cursor: str | None = None
    etag: str | None = None
    error_name: str = ""
    error: str = field(default="", repr=False)
    advice: int | None = None
    is_whole: bool = False


@dataclass(frozen=True)
class Standing:
    """What is remembered of a source between two attempts.

    A source that is live although its last snapshot failed in part has `failures`.
    """

    state: SourceState
    cursor: str | None
    failures: int

    @property
    def is_partial(self) -> bool:
        """Return whether some origins of a relay still wait for a snapshot that proves them."""
        return self.state is SourceState.LIVE and self.failures > 0


@dataclass(frozen=True)
class Decision:
    """What to remember of a source now; `cursor` None means that the snapshot comes next."""

    state: SourceState
    cursor: str | None
    etag: str | None
    failures: int
    next_at: datetime


def decide(
    standing: Standing,
    outcome: Outcome,
    *,
    started_at: datetime,
    now: datetime,
    limits: Limits,
    chance: float,
) -> Decision:
    """Return the next standing of a source; `chance` is a random number in [0, 1).

    A frozen source stays frozen until a person releases it, and is still asked: deletions that
    erase count even then.
    """
    poll = _at_least(timedelta(seconds=limits.poll_seconds), outcome.advice)
    if outcome.kind in (Result.CHANGED, Result.UNCHANGED):
        state = SourceState.FROZEN if standing.state is SourceState.FROZEN else SourceState.LIVE
        failures = standing.failures if standing.is_partial and not outcome.is_whole else 0
        return Decision(state, outcome.cursor, outcome.etag, failures, started_at + poll)
    failures = standing.failures + 1
    if outcome.kind is Result.PARTIAL:
        return Decision(SourceState.LIVE, outcome.cursor, None, failures, started_at + poll)
    pause = _at_least(pause_after(failures, limits, chance), outcome.advice)
    return _back_off(standing, outcome, failures, now + pause)


def _back_off(standing: Standing, outcome: Outcome, failures: int, next_at: datetime) -> Decision:
    cursor = None if standing.is_partial else standing.cursor
    is_frozen = SourceState.FROZEN in (standing.state, outcome.kind)
    state = SourceState.FROZEN if is_frozen else SourceState.BACKOFF
    return Decision(state, cursor, None, failures, next_at)


def pause_after(failures: int, limits: Limits, chance: float) -> timedelta:
    """Return how long to leave a source alone after so many failures: exponential, full jitter.

    1, 2, 4 … 60 minutes with the limits of production; seconds on one machine in development.
    """
    longest = 4 * limits.poll_seconds
    if failures >= BREAKER:
        return timedelta(seconds=longest)
    bound = min(longest, 2 * limits.min_poll_seconds * 2 ** (failures - 1))
    return timedelta(seconds=bound * chance)


def _at_least(pause: timedelta, advice: int | None) -> timedelta:
    return max(pause, min(timedelta(seconds=advice or 0), LONGEST_ADVICE))
