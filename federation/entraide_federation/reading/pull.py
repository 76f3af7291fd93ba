"""One attempt at one source: its change feed, or its snapshot when the feed cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import database
from entraide_federation import settings
from entraide_federation.http import PeerClient, PeerError, PeerMisbehaved, PeerRefused
from entraide_federation.listing import visibility
from entraide_federation.reading.attempt import SourceReader, open_reader
from entraide_federation.reading.confirming import confirm
from entraide_federation.reading.receiving.discovery import learn_name
from entraide_federation.reading.receiving.feed import read_changes
from entraide_federation.reading.receiving.groups import Group
from entraide_federation.reading.receiving.keyring import Keyring
from entraide_federation.reading.receiving.snapshot import fetch_keys, open_snapshot
from entraide_federation.reading.refusals import (
    STUCK,
    ItemRefused,
    OriginFrozen,
    ResyncNeeded,
    SourceFrozen,
    SourceRefused,
    code_of,
)
from entraide_federation.reading.states import Outcome, Result
from entraide_federation.reading.storing.apply import Applied, apply_groups, note_refusal, settle
from entraide_federation.store import security_events
from entraide_federation.store.models import Origin, Source

log = structlog.get_logger("entraide.federation")


def never() -> bool:
    """Say that nobody asked to stop."""
    return False


def pull_source(
    base: str, *, http: PeerClient | None = None, should_stop: Callable[[], bool] = never
) -> Outcome:
    """Pull one configured source now and write down how it went.

    Raises LookupError for an unknown source, `Stopped` when the worker ends, and errors of our own
    database; whatever the peer does wrong is in the outcome.
    """
    with ExitStack() as stack:
        if http is None:
            http = stack.enter_context(open_client())
        with database.reading() as session:
            reader = open_reader(session, base, http, should_stop)
        with reader.resources:
            return _attempt(reader)


def bootstrap(base: str, *, http: PeerClient | None = None) -> Outcome:
    """Forget where the feed of a source stood and read its snapshot now."""
    with database.writing() as session:
        session.execute(update(Source).where(Source.base == base).values(cursor=None, etag=None))
    return pull_source(base, http=http)


def open_client() -> PeerClient:
    """Return a client with the limits of the running site."""
    return PeerClient(limits=settings.limits(), development=settings.current().development)


def _attempt(reader: SourceReader) -> Outcome:
    keyring = Keyring(reader)
    # A peer that a relay named first is about to speak for itself.
    confirm(reader.base, reader.http, reader.should_stop)
    try:
        if reader.wants_snapshot:
            return _read_snapshot(reader, keyring)
        outcome = _follow_feed(reader, keyring)
        if outcome.kind is Result.RESYNC:
            reader.standing = replace(reader.standing, cursor=None)
            return _read_snapshot(reader, keyring)
    except (PeerError, SourceRefused) as error:
        return _fail(reader, error)
    return outcome


def _follow_feed(reader: SourceReader, keyring: Keyring) -> Outcome:
    try:
        changes = read_changes(reader, keyring)
    except ResyncNeeded as error:
        log.info("federation-resync", source=reader.base, reason=error.reason)
        return Outcome(Result.RESYNC)
    if changes is None:
        outcome = Outcome(Result.UNCHANGED, cursor=reader.standing.cursor, etag=reader.etag)
        return _finish(reader, keyring, [], outcome)
    outcome = Outcome(
        Result.CHANGED, cursor=changes.cursor, etag=changes.etag, advice=changes.advice
    )
    return _finish(reader, keyring, changes.groups, outcome)


def _read_snapshot(reader: SourceReader, keyring: Keyring) -> Outcome:
    """Store each origin as soon as the next one begins, the last one with the cursor.

    What a single origin serves is so stored only when the whole answer has come.
    """
    fetch_keys(reader, keyring)
    done, waiting = Applied(), None
    with open_snapshot(reader, keyring) as snapshot:
        for group in snapshot.groups():
            if waiting is not None:
                _store_early(reader, keyring, waiting, done)
            waiting = group
        groups = [waiting] if waiting is not None else []
        outcome = Outcome(Result.CHANGED, cursor=snapshot.cursor, is_whole=True)
        outcome = _finish(reader, keyring, groups, outcome, done)
    learn_name(reader)
    return outcome


def _store_early(reader: SourceReader, keyring: Keyring, group: Group, done: Applied) -> None:
    """Store one origin of a relay's snapshot, which its own Head has proved."""
    _check_keys(keyring, [group])
    with group.spool, database.writing() as session:
        _add(done, apply_groups(session, reader, [group]))


def _finish(
    reader: SourceReader,
    keyring: Keyring,
    groups: Sequence[Group],
    outcome: Outcome,
    done: Applied | None = None,
) -> Outcome:
    """Commit the last groups, what was refused, and where the source stands, all at once."""
    _check_keys(keyring, groups)
    applied = done or Applied()
    with database.writing() as session:
        _add(applied, apply_groups(session, reader, groups))
        for error in keyring.refused.values():
            applied.refused.append(error)
            note_refusal(session, reader, _find_origin(session, error.origin), error)
        outcome = sum_up(reader, applied, outcome)
        checked = visibility.CHECKED_AT_ONCE if outcome.is_whole else visibility.BATCH
        visibility.judge_again(session, now=reader.now, limits=reader.limits, checked=checked)
        if outcome.kind is not Result.RESYNC:
            settle(session, reader, outcome)
    return outcome


def sum_up(reader: SourceReader, applied: Applied, outcome: Outcome) -> Outcome:
    """Return what the whole attempt came to, given what was refused of it."""
    news = [error for error in applied.refused if code_of(error) != STUCK]
    if not news:
        changed = Result.CHANGED if applied.objects else Result.UNCHANGED
        return replace(outcome, kind=changed, objects=applied.objects)
    return replace(
        outcome,
        kind=_judge_news(reader, news, outcome),
        objects=applied.objects,
        error_name=code_of(news[0]),
        error=str(news[0]),
    )


def _judge_news(reader: SourceReader, news: Sequence[SourceRefused], outcome: Outcome) -> Result:
    """Return what an attempt came to of which something was refused for the first time."""
    first = news[0]
    if any(isinstance(error, SourceFrozen) for error in news) or (
        not reader.is_relay and isinstance(first, OriginFrozen)
    ):
        return Result.FROZEN
    if not outcome.is_whole and (reader.is_relay or not isinstance(first, ItemRefused)):
        return Result.RESYNC
    return Result.PARTIAL if reader.is_relay else Result.FAILED


def _outcome_of(error: PeerError | SourceRefused) -> Outcome:
    is_frozen = isinstance(error, OriginFrozen | SourceFrozen)
    advice = None
    if isinstance(error, PeerRefused):
        advice = max(error.retry_after or 0, error.backoff or 0)
    return Outcome(
        Result.FROZEN if is_frozen else Result.FAILED,
        error_name=code_of(error),
        error=str(error),
        advice=advice,
    )


def _fail(reader: SourceReader, error: PeerError | SourceRefused) -> Outcome:
    """Write down a failed attempt: nothing of the source is stored."""
    outcome = _outcome_of(error)
    with database.writing() as session:
        _note_failure(session, reader, error)
        decision = settle(session, reader, outcome)
    log.warning(
        "federation-source-failed",
        source=reader.base,
        error=outcome.error_name,
        detail=outcome.error,
        failures=decision.failures,
        next_at=decision.next_at.isoformat(),
    )
    return outcome


def _note_failure(session: Session, reader: SourceReader, error: PeerError | SourceRefused) -> None:
    """Leave among the events what the peer did wrong; being down or busy is nothing of that."""
    if isinstance(error, SourceRefused):
        note_refusal(session, reader, _find_origin(session, error.origin), error)
    elif isinstance(error, PeerMisbehaved):
        security_events.record(
            session,
            source=reader.base,
            origin=reader.base,
            name=error.reason,
            detail=str(error.detail),
        )


def _check_keys(keyring: Keyring, groups: Iterable[Group]) -> None:
    for group in groups:
        try:
            keyring.check_weekly(group.origin)
        except SourceRefused as error:
            group.refuse(error)


def _find_origin(session: Session, base: str) -> Origin | None:
    return session.scalar(select(Origin).where(Origin.base == base))


def _add(total: Applied, more: Applied) -> None:
    total.objects += more.objects
    total.refused += more.refused
