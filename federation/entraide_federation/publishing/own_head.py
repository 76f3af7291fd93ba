"""This site's own Head: the signed root over everything it publishes, issued twice a day at least."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from entraide import clock
from entraide_federation import settings
from entraide_federation.keys.identity import Identity
from entraide_federation.protocol import heads, profile, proofs
from entraide_federation.store.models import Origin, Own, SignedObject


def is_due(session: Session) -> bool:
    """Return whether there is no Head yet, or the last one is so old that readers may wonder."""
    issued_at = session.scalar(select(Origin.head_issued_at).where(Origin.is_own))
    return issued_at is None or _is_old(issued_at)


def issue(
    session: Session, own: Own, origin: Origin, signer: Identity, *, is_changed: bool
) -> bool:
    """Sign a new Head over the stored objects if they changed or the last one is old.

    The caller holds the lock of `own`, whose `seq` counts its objects already. Returns whether a
    Head was issued.
    """
    if not is_changed and origin.head_issued_at and not _is_old(origin.head_issued_at):
        return False
    if _move_horizon(session, own, origin.head_issued_at) and not is_changed:
        own.seq += 1
    now = clock.now()
    elements, origin.live_count = _covered(session, own)
    document = _make_head(own, origin, signer.origin, elements, now)
    _keep(origin, profile.canonical(proofs.sign(document, signer.key, signer.method, now)), own)
    return True


def _move_horizon(session: Session, own: Own, issued_at: datetime | None) -> bool:
    """Leave behind the tombstones past the horizon; the start stays while there are none (rule 3).

    It stays as well while the last Head seems old: a clock that jumps ahead for a moment would
    move it where no reader takes a Head for months. The next Head moves it.
    """
    if issued_at is None or clock.now() - issued_at > settings.limits().head_validity:
        return False
    start = heads.tombstones_from(clock.now(), own.tombstones_from, settings.limits())
    past = select(SignedObject.element).where(
        SignedObject.seq.is_not(None),
        SignedObject.deleted_at >= own.tombstones_from,
        SignedObject.deleted_at < start,
    )
    if session.scalar(past.limit(1)) is None:
        return False
    own.tombstones_from = start
    return True


def _make_head(
    own: Own, origin: Origin, base: str, elements: Sequence[bytes], issued: datetime
) -> dict[str, Any]:
    return heads.make_head(
        origin=base,
        epoch=own.epoch,
        seq=own.seq,
        count=origin.live_count,
        tombstones=len(elements) - origin.live_count,
        tombstones_from=own.tombstones_from,
        root=heads.root_of_sorted(elements),
        keyset=origin.keyset_version,
        issued=issued,
        limits=settings.limits(),
    )


def _covered(session: Session, own: Own) -> tuple[Sequence[bytes], int]:
    """Return the elements under the root, sorted, and how many are of live objects.

    Own objects are those with a number: so one partial index answers without touching a row.
    """
    is_own, is_live = SignedObject.seq.is_not(None), SignedObject.deleted_at.is_(None)
    is_covered = or_(is_live, SignedObject.deleted_at >= own.tombstones_from)
    covered = select(SignedObject.element).where(is_own, is_covered)
    live = select(func.count()).select_from(SignedObject).where(is_own, is_live)
    elements = session.scalars(covered.order_by(SignedObject.element)).all()
    return elements, session.scalars(live).one()


def _keep(origin: Origin, body: bytes, own: Own) -> None:
    now = clock.now().replace(microsecond=0)
    origin.head, origin.witnessed, origin.head_seq = body, body, own.seq
    origin.head_issued_at, origin.verified_at = now, now
    origin.head_expires_at = now + settings.limits().head_validity


def _is_old(issued_at: datetime) -> bool:
    pause = timedelta(seconds=settings.limits().head_reissue_seconds)
    # One from the future was issued while the clock was ahead: no reader takes it.
    return not clock.is_within(issued_at, pause)
