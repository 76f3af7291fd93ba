"""The sweep at start and once a day: marks whatever differs from what is published."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import JobRun, clock, database
from entraide_federation import settings
from entraide_federation.keys import address, identity, own_keys
from entraide_federation.publishing import healing, marks, wanted
from entraide_federation.publishing.comparing import find_changes
from entraide_federation.store import health
from entraide_federation.store.models import Origin, SignedObject
from entraide_federation.store.numbering import lock_own

BATCH = 500


def sweep(run: JobRun) -> None:
    """Mark every public row that differs from its published object, and objects without a row.

    Events mark what changes; this finds what no event told of: a deleted row, a kind that may
    leave the site since today, a site that published before it was a hub.
    """
    if not identity.is_initialised():
        return
    address.require()
    with database.writing() as session:
        identity.ensure_own(session)
        own_keys.adopt_newer(session, session.scalars(select(Origin).where(Origin.is_own)).one())
        healing.heal(session)
    waiting = _candidates()
    while waiting and not run.should_stop():
        batch = dict(waiting.popitem() for _ in range(min(BATCH, len(waiting))))
        _mark_differing(batch)
    with database.writing() as session:
        own = lock_own(session)
        own.swept_at = clock.now()
        if settings.current().is_hub:
            _number_unnumbered(session)


def _candidates() -> dict[UUID, str]:
    """Return identifier → type of all that is public here or published already."""
    with database.reading() as session:
        own = select(Origin.id).where(Origin.is_own).scalar_subquery()
        live = select(SignedObject.uid, SignedObject.type).where(
            SignedObject.origin_id == own, SignedObject.deleted_at.is_(None)
        )
        names = {own.type.name: own.type.row_type for own in wanted.OWN}
        published = {
            UUID(row.uid.rpartition("/")[2]): names[row.type]
            for row in session.execute(live)
            if row.type in names
        }
        return published | wanted.candidates(session)


def _mark_differing(batch: Mapping[UUID, str]) -> None:
    with database.reading() as session:
        changes = find_changes(session, wanted.wishes(session, batch))
    differing = {change.wish.identifier: change.wish.type.row_type for change in changes}
    if not differing:
        return
    with database.writing() as session:
        # Under the publisher's lock: two writers of many marks could wait for one another.
        lock_own(session)
        marks.mark(session, differing)


def _number_unnumbered(session: Session) -> None:
    own = session.scalars(select(Origin).where(Origin.is_own)).one()
    missing = session.scalars(
        select(SignedObject.uid).where(
            SignedObject.origin_id == own.id, SignedObject.feed_seq.is_(None)
        )
    ).all()
    if missing:
        health.number_rows(session, missing, [own.id])
