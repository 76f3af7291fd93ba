"""Delivering what waits in the outbox: each plugin on its own, at least once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from entraide import asks, clock, database, event_types, hooks, runtime
from entraide.errors import HookFailed
from entraide.jobs.queue import task
from entraide.kinds import Message
from entraide.outbox.event_names import class_named
from entraide.outbox.models import DeadLetter, OutboxDelivery, OutboxEvent, OutboxMessage

log = structlog.get_logger("entraide.outbox")

RETRY_SECONDS = (60, 300, 1800, 7200, 43200)
"""Pauses between tries: 1 and 5 and 30 minutes, 2 and 12 hours; then a dead letter."""

GIVE_UP_AFTER = timedelta(days=3)
"""How long a message to a person is tried; then its address and words are erased."""

CLAIM_SECONDS = 300
"""How long the worker that sends a message keeps it from the others."""

BATCH = 200
ERASED: dict[str, object] = {"address": None, "subject": None, "body": None, "next_at": None}


@task("outbox.deliver")
def _woken(_reference: str) -> None:
    deliver_pending()


def deliver_pending(should_stop: Callable[[], bool] = lambda: False) -> int:
    """Deliver everything that is due; return how many deliveries were done."""
    fan_out()
    done = 0
    while not should_stop():
        batch = _deliver_events() + _deliver_messages()
        done += batch
        if batch < 1:
            return done
    return done


def fan_out() -> None:
    """Give each listening plugin a delivery row for each new event.

    Plugins that are set aside get theirs too: they are told when they are back.
    """
    plugins = [*hooks.listeners("on_event"), *runtime.current().registry.quarantined]
    with database.reading() as session:
        if not session.scalar(select(OutboxEvent.id).where(OutboxEvent.fanned_out_at.is_(None))):
            return
    with database.writing() as session:
        now = clock.now()
        new = session.scalars(
            select(OutboxEvent)
            .where(OutboxEvent.fanned_out_at.is_(None))
            .order_by(OutboxEvent.id)
            .with_for_update(skip_locked=True)
        )
        for event in new:
            event.fanned_out_at = now
            for plugin in plugins:
                session.add(OutboxDelivery(event_id=event.id, plugin=plugin, next_at=now))
        session.flush()
        _forget_told(session)


def _forget_told(session: Session) -> None:
    waiting = exists().where(OutboxDelivery.event_id == OutboxEvent.id)
    session.execute(delete(OutboxEvent).where(OutboxEvent.fanned_out_at.is_not(None), ~waiting))


def _deliver_events() -> int:
    with database.reading() as session:
        due = session.execute(
            select(OutboxDelivery.event_id, OutboxDelivery.plugin)
            .where(OutboxDelivery.next_at <= clock.now())
            .where(OutboxDelivery.plugin.in_(runtime.current().registry.modules))
            .order_by(OutboxDelivery.event_id)
            .limit(BATCH)
        ).all()
    return sum(_deliver_event(event_id, plugin) for event_id, plugin in due)


def _deliver_event(event_id: int, plugin: str) -> bool:
    try:
        with database.writing() as session:
            row = session.get(OutboxDelivery, (event_id, plugin), with_for_update=True)
            if row is None or row.next_at is None or row.next_at > clock.now():
                return False
            stored = session.get_one(OutboxEvent, event_id)
            if (event := _rebuilt(stored)) is not None:
                asks.tell(plugin, event, f"{stored.key}:{plugin}")
            session.delete(row)
    except HookFailed as error:
        _postpone_event(event_id, plugin, error.words)
        return False
    return True


def _rebuilt(stored: OutboxEvent) -> event_types.Event | None:
    event = class_named(stored.name)
    try:
        return event_types.from_json(event, stored.members) if event else None
    except (TypeError, ValueError, KeyError) as error:
        raise HookFailed(f"the event {stored.name} cannot be read: {error!r}") from error


def _postpone_event(event_id: int, plugin: str, error: str) -> None:
    with database.writing() as session:
        row = session.get(OutboxDelivery, (event_id, plugin), with_for_update=True)
        if row is None or row.next_at is None or row.next_at > clock.now():
            return
        stored = session.get_one(OutboxEvent, event_id)
        kind = event_types.KNOWN.get(stored.name)
        row.attempts, row.error = row.attempts + 1, error
        if row.attempts <= len(RETRY_SECONDS) or (kind and kind.is_retried_for_ever):
            row.next_at = clock.now() + _pause(row.attempts)
            return
        session.add(_dead_letter(stored, plugin, error))
        session.delete(row)
        log.error("dead-letter", event_name=stored.name, plugin=plugin, error=error)


def _dead_letter(stored: OutboxEvent, plugin: str, error: str) -> DeadLetter:
    return DeadLetter(
        event_name=stored.name,
        members=stored.members,
        plugin=plugin,
        error=error,
        died_at=clock.now(),
    )


def _deliver_messages() -> int:
    with database.reading() as session:
        due = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.next_at <= clock.now())
            .order_by(OutboxMessage.next_at)
            .limit(BATCH)
        ).all()
    return sum(_deliver_message(row) for row in due)


def _deliver_message(row: OutboxMessage) -> bool:
    if not _claim_message(row):
        return False
    message = Message(row.address or "", row.subject or "", row.body or "", row.key)
    # Sending talks to another machine, so it happens before the short transaction that notes it.
    is_sent = asks.deliver(message)
    with database.writing() as session:
        change: dict[str, object] = ERASED if is_sent else _after_failure(session, row)
        session.execute(update(OutboxMessage).where(OutboxMessage.id == row.id).values(change))
    return is_sent


def _after_failure(session: Session, row: OutboxMessage) -> dict[str, object]:
    attempts = row.attempts + 1
    if clock.now() - row.created_at < GIVE_UP_AFTER:
        return {
            "attempts": attempts,
            "next_at": clock.now() + _pause(attempts),
            "error": "not sent",
        }
    error = f"not sent in {GIVE_UP_AFTER.days} days, {attempts} tries"
    letter = DeadLetter(
        event_name="Message",
        members={"key": row.key},
        plugin="deliver",
        error=error,
        died_at=clock.now(),
    )
    session.add(letter)
    log.error("message-given-up", key=row.key, tries=attempts)
    return {**ERASED, "attempts": attempts, "error": error}


def _claim_message(row: OutboxMessage) -> bool:
    # The ticker and the queue may look at the same moment; only one of them may send.
    claimed = update(OutboxMessage).where(
        OutboxMessage.id == row.id, OutboxMessage.next_at == row.next_at
    )
    later = clock.now() + timedelta(seconds=CLAIM_SECONDS)
    with database.writing() as session:
        done = session.execute(claimed.values(next_at=later))
    return done.rowcount == 1  # type: ignore[attr-defined,no-any-return]


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1])
