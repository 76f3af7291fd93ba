"""What this site keeps back of others: suspended origins and hidden objects, told to its readers.

A person decides, and can take it back. A relay signs a `Withheld` for each, so that the roots of
its readers still hold and everyone can see what is missing (rules 1 and 18).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import timedelta

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import clock
from entraide.database.sessions import after_commit
from entraide_federation import settings
from entraide_federation.keys import identity
from entraide_federation.listing import admission, visibility
from entraide_federation.origins import forgetting
from entraide_federation.protocol import types
from entraide_federation.store import kept_back, snapshot_files
from entraide_federation.store.models import KeptBack, Origin, OriginState, SignedObject
from entraide_federation.withholding import documents

"""State of an origin that was suspended for so long that its objects were deleted."""

REMOVED = "removed"
"""Reason of a suspension: the peer was taken out of the settings."""

OPERATOR, RELAY = "operator", "relay"
PURGE_AFTER = timedelta(days=30)


def suspend(session: Session, origin: Origin, reason: str) -> None:
    """Neither show nor relay an origin any more, from now on; its objects stay for 30 days."""
    if origin.suspended_at is not None:
        origin.suspended_reason = reason
        return
    origin.suspended_at, origin.suspended_reason = clock.now(), reason
    admission.unserve(session, origin)
    session.add(KeptBack(uid=origin.base, origin=origin.base, reason=reason, since=clock.now()))
    _forget_snapshots(session)
    session.flush()
    align(session, origin)


def unsuspend(session: Session, origin: Origin) -> None:
    """Show and relay a suspended origin again; one whose objects were deleted is read again."""
    origin.suspended_at, origin.suspended_reason = None, ""
    if origin.state == OriginState.PURGED:
        origin.state = OriginState.NEW
        forgetting.read_again(session, origin.base)
    session.flush()
    admission.serve(session, origin)
    align(session, origin)


def hide(session: Session, stored: SignedObject, origin: Origin, reason: str) -> None:
    """Neither show nor relay one object any more, nor the offers of a hidden organisation."""
    kept = session.get(KeptBack, (stored.uid, ""))
    if kept is None:
        kept = KeptBack(uid=stored.uid, origin=origin.base, reason=reason, since=clock.now())
        session.add(kept)
    kept.reason, kept.cause = reason, ""
    _forget_snapshots(session)
    session.flush()
    align(session, origin)


def unhide(session: Session, kept: KeptBack, origin: Origin) -> None:
    """Show and relay an object again, and the offers that were hidden with it."""
    session.execute(
        update(KeptBack)
        .where(KeptBack.by == "", (KeptBack.uid == kept.uid) | (KeptBack.cause == kept.uid))
        .values(reason="", cause="")
    )
    session.flush()
    session.expire_all()
    align(session, origin)


def _forget_snapshots(session: Session) -> None:
    """Let nobody resume a snapshot, written before, that holds what is kept back from now on."""
    after_commit(session, snapshot_files.desk().forget)


def align(session: Session, origin: Origin) -> None:
    """Make lists, feed and `Withheld` agree with what is kept back of an origin.

    Called in the transaction of each change: a decision, or new versions of what is hidden. A row
    with an empty reason is a decision that was taken back.
    """
    is_ours = KeptBack.origin == origin.base, KeptBack.by == ""
    kept = list(session.scalars(select(KeptBack).where(*is_ours)))
    if settings.current().is_hub:
        kept += _follow_relays(session, origin, kept)
    if not kept:
        return
    kept += _follow_organisations(session, origin, kept)
    hidden = [row.uid for row in kept if row.reason and row.uid != origin.base]
    kept_back.unlist(session, hidden)
    if settings.current().is_hub and identity.is_initialised():
        documents.publish(session, origin, kept)
    _forget_ended(session, origin, kept)
    visibility.judge_objects(
        session, [row.uid for row in kept if not row.reason], limits=settings.limits()
    )


def _follow_relays(session: Session, origin: Origin, kept: Sequence[KeptBack]) -> list[KeptBack]:
    """Keep back as a hub what the hubs that it reads keep back from it, and end that with them.

    Without it the readers of this one would miss what it cannot serve, and call it a liar.
    """
    withheld = kept_back.told_of(session, origin.base)
    rows = {row.uid: row for row in kept if row.uid != origin.base}
    _follow_known(rows, withheld)
    more = [
        KeptBack(uid=uid, origin=origin.base, reason=RELAY, since=clock.now())
        for uid in withheld.keys() - rows.keys()
    ]
    if more:
        _forget_snapshots(session)
    session.add_all(more)
    session.flush()
    return more


def _follow_known(rows: Mapping[str, KeptBack], withheld: Container[str]) -> None:
    """End the decisions, by identifier, that relays have ended, and begin again what they have."""
    ended = {
        uid
        for uid, row in rows.items()
        if row.reason == RELAY and not row.cause and uid not in withheld
    }
    for uid, row in rows.items():
        if uid in ended or row.cause in ended:
            row.reason = row.cause = ""
        if not row.reason and uid in withheld:
            row.reason = RELAY


def _follow_organisations(
    session: Session, origin: Origin, kept: Sequence[KeptBack]
) -> list[KeptBack]:
    """Hide the offers of each hidden organisation too, those that came later included."""
    reasons = {row.uid: row.reason for row in kept if row.reason and not row.cause}
    known = {row.uid for row in kept}
    is_organisation = SignedObject.uid.in_(reasons), SignedObject.type == types.ORGANISATION.name
    organisations = set(session.scalars(select(SignedObject.uid).where(*is_organisation)))
    if not organisations:
        return []
    more = [
        KeptBack(uid=uid, origin=origin.base, reason=reasons[cause], since=clock.now(), cause=cause)
        for uid, cause in _objects_of(session, origin, organisations)
        if uid not in known
    ]
    session.add_all(more)
    session.flush()
    return more


def _objects_of(
    session: Session, origin: Origin, organisations: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is stored of these organisations, each object with its organisation."""
    of_origin = SignedObject.origin_id == origin.id, SignedObject.type.in_(types.OWNED)
    columns = SignedObject.uid, SignedObject.type, SignedObject.body
    for uid, type_name, body in session.execute(select(*columns).where(*of_origin)):
        organisation = orjson.loads(body).get(types.OWNED[type_name])
        # What is not shown is stored too, whatever it says.
        if isinstance(organisation, str) and organisation in organisations:
            yield uid, organisation


def _forget_ended(session: Session, origin: Origin, kept: Sequence[KeptBack]) -> None:
    """Forget decisions that were taken back, and those about all of an origin that is back."""
    for row in kept:
        is_back = row.uid == origin.base and origin.suspended_at is None
        if not row.reason or is_back:
            session.delete(row)
    session.flush()


def follow_sources(session: Session) -> None:
    """Let what relays keep back count exactly while they are read, after the peers have changed."""
    of_relays = KeptBack.by != "", KeptBack.by != KeptBack.origin
    bases = select(KeptBack.origin).where(*of_relays)
    others = select(Origin).where(Origin.base.in_(bases), Origin.is_own.is_(False))
    for origin in session.scalars(others).all():
        rows = select(KeptBack.uid).where(*of_relays, KeptBack.origin == origin.base)
        uids = [uid for uid in session.scalars(rows) if uid != origin.base]
        visibility.judge_objects(session, uids, limits=settings.limits())
        is_all = select(KeptBack.uid).where(*of_relays, KeptBack.uid == origin.base)
        if session.scalar(is_all.where(kept_back.binds())) is not None:
            suspend(session, origin, origin.suspended_reason or RELAY)
        elif origin.suspended_reason == RELAY:
            unsuspend(session, origin)
        align(session, origin)


def purge(session: Session) -> None:
    """Delete the objects of what was suspended 30 days ago; the decision itself stays."""
    # What was suspended while the clock was ahead has its days from now on.
    ahead = update(Origin).where(Origin.suspended_at > clock.now())
    session.execute(ahead.values(suspended_at=clock.now()))
    long_ago = clock.now() - PURGE_AFTER
    old = select(Origin).where(Origin.suspended_at <= long_ago, Origin.state != OriginState.PURGED)
    for origin in session.scalars(old):
        forgetting.forget_objects(session, origin)
        origin.state, origin.reason = OriginState.PURGED, ""
