"""The single writer of this site's feed: what changed is signed, numbered and covered by a Head."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import JobRun, clock, database
from entraide_federation import settings
from entraide_federation.keys import address, identity, own_keys
from entraide_federation.protocol import objects, profile, proofs, types
from entraide_federation.protocol.errors import Refusal, TooLarge
from entraide_federation.publishing import marks, own_head
from entraide_federation.publishing import wanted as projecting
from entraide_federation.publishing.comparing import Change, find_changes
from entraide_federation.publishing.wanted import Wish
from entraide_federation.store import health
from entraide_federation.store.models import Origin, SignedObject
from entraide_federation.store.numbering import lock_own, next_numbers

log = structlog.get_logger("entraide.federation")

BATCH = 1000
"""Marks per transaction: some hundred milliseconds, so that no other writer waits long."""


def publish(run: JobRun) -> None:
    """Publish whatever is marked, and re-issue the Head when it is due; the job of each second."""
    identity.forbid_lost_keys()
    if not identity.is_initialised():
        return
    while _is_due() and not run.should_stop() and clock.now() < run.deadline:
        publish_once()


def publish_once() -> int:
    """Publish one batch of marked objects with their Head; return how many were published.

    Everything happens in one transaction under the lock of the own row, so that readers meet
    dense committed numbers and a Head that covers them. Raises ConfigurationError, and publishes
    nothing, under another address or with other keys than those that readers know.
    """
    address.require()
    signer = identity.load()
    with database.writing() as session:
        identity.ensure_own(session)
        own = lock_own(session)
        origin = session.scalars(select(Origin).where(Origin.is_own)).one()
        own_keys.require_listed(own_keys.load_own(session), signer)
        published = _publish_marked(session, origin, signer)
        is_new = own_head.issue(session, own, origin, signer, is_changed=bool(published))
        if is_new and settings.current().is_hub:
            health.number_rows(session, [row.uid for row in published], [origin.id])
    return len(published)


def _publish_marked(
    session: Session, origin: Origin, signer: identity.Identity
) -> list[SignedObject]:
    """Sign and number one batch of what is marked; return the rows that changed."""
    wishes = projecting.wishes(session, marks.take(session, BATCH))
    changes = find_changes(session, wishes)
    _mark_owned(session, changes)
    published = [row for change in changes if (row := _apply(session, change, origin, signer))]
    for row, number in zip(published, next_numbers(session, len(published)), strict=True):
        row.seq = number
    session.flush()
    return published


def _apply(
    session: Session, change: Change, origin: Origin, signer: identity.Identity
) -> SignedObject | None:
    now = clock.now()
    row = change.row or SignedObject(uid=change.wish.uid, origin_id=origin.id)
    version = types.next_version(row.version or 0, now)
    try:
        document, body = _sign(change.wish, version, signer, now)
    except Refusal as error:
        # What is published stays; the daily sweep and the next edit try again.
        log.warning("not-publishable", uid=row.uid, reason=error.reason, detail=error.detail)
        return None
    row.type, row.version, row.body = document["type"], version, body
    row.element = profile.element(row.uid, version, body)
    # To the second, as the document says it: readers compare that with the horizon.
    row.deleted_at = None if change.wish.document else now.replace(microsecond=0)
    row.content_hash = change.content_hash
    session.add(row)
    return row


def _sign(
    wish: Wish, version: int, signer: identity.Identity, now: datetime
) -> tuple[dict[str, Any], bytes]:
    document = (
        {**wish.document, "version": version}
        if wish.document is not None
        else types.TOMBSTONE.make(
            id=wish.uid, origin=signer.origin, version=version, deleted=now, reason=wish.reason
        )
    )
    signed = proofs.sign(document, signer.key, signer.method, now)
    limits = settings.limits()
    if wish.document is not None:
        # A Tombstone counts wherever it is authentic, also for an object that was published while
        # the clock was ahead and whose versions therefore lie in the future.
        objects.acceptable(signed, now=now, limits=limits)
    body = profile.canonical(signed)
    if len(body) > limits.object_bytes:
        raise TooLarge("too-large", f"An object has at most {limits.object_bytes} bytes.")
    return signed, body


def _mark_owned(session: Session, changes: list[Change]) -> None:
    """Mark what belongs to organisations that appear or go: it follows in the next batch."""
    turned = [
        change.wish.identifier
        for change in changes
        if change.wish.type is types.ORGANISATION and change.is_turning
    ]
    if turned:
        marks.mark(session, projecting.owned_by(session, turned))


def _is_due() -> bool:
    with database.reading() as session:
        if marks.is_waiting(session):
            return True
        return own_head.is_due(session)
