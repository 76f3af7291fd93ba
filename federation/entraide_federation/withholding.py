"""What this site keeps back of others: suspended origins and hidden objects, told to its readers.

A person decides, and can take it back. A relay signs a `Withheld` for each, so that the roots of
its readers still hold and everyone can see what is missing (rules 1 and 18).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import clock, ids
from entraide_federation import (
    confirmation,
    hub,
    identity,
    kept_back,
    numbering,
    profile,
    projection,
    proofs,
    publishing_head,
    settings,
    visibility,
)
from entraide_federation.models import KeptBack, Origin, SignedObject

PURGED = "purged"
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
    confirmation.unserve(session, origin)
    if session.get(KeptBack, (origin.base, "")) is None:
        session.add(KeptBack(uid=origin.base, origin=origin.base, reason=reason, since=clock.now()))
    session.flush()
    align(session, origin)


def unsuspend(session: Session, origin: Origin) -> None:
    """Show and relay an origin again; one whose objects were deleted is read again."""
    if origin.suspended_at is None:
        return
    origin.suspended_at, origin.suspended_reason = None, ""
    if origin.state == PURGED:
        origin.state = "new"
        confirmation.read_again(session, origin.base)
    session.flush()
    confirmation.serve(session, origin)
    align(session, origin)


def hide(session: Session, stored: SignedObject, origin: Origin, reason: str) -> None:
    """Neither show nor relay one object any more, nor the offers of a hidden organisation."""
    kept = session.get(KeptBack, (stored.uid, ""))
    if kept is None:
        kept = KeptBack(uid=stored.uid, origin=origin.base, reason=reason, since=clock.now())
        session.add(kept)
    kept.reason, kept.cause = reason, ""
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


def align(session: Session, origin: Origin) -> None:
    """Make lists, feed and `Withheld` agree with what is kept back of an origin.

    Called in the transaction of each change: a decision, or new versions of what is hidden. A row
    with an empty reason is a decision that was taken back.
    """
    kept = list(
        session.scalars(select(KeptBack).where(KeptBack.origin == origin.base, KeptBack.by == ""))
    )
    if not kept:
        return
    kept += _follow_organisations(session, origin, kept)
    hidden = [one.uid for one in kept if one.reason and one.uid != origin.base]
    kept_back.unlist(session, hidden)
    if settings.current().is_hub and identity.is_initialised():
        _publish(session, origin, kept)
    _forget_ended(session, origin, kept)
    visibility.judge_objects(
        session, [one.uid for one in kept if not one.reason], limits=settings.limits()
    )


def _follow_organisations(
    session: Session, origin: Origin, kept: Sequence[KeptBack]
) -> list[KeptBack]:
    """Hide the offers of each hidden organisation too, those that came later included."""
    hidden = {one.uid: one for one in kept if one.reason and not one.cause}
    known = {one.uid for one in kept}
    is_organisation = SignedObject.uid.in_(hidden), SignedObject.type == "Organisation"
    organisations = set(session.scalars(select(SignedObject.uid).where(*is_organisation)))
    if not organisations:
        return []
    of_origin = SignedObject.origin_id == origin.id, SignedObject.type == "Offer"
    more = []
    for uid, body in session.execute(select(SignedObject.uid, SignedObject.body).where(*of_origin)):
        cause = orjson.loads(body).get("org")
        if cause in organisations and uid not in known:
            row = KeptBack(
                uid=uid,
                origin=origin.base,
                reason=hidden[cause].reason,
                since=clock.now(),
                cause=cause,
            )
            session.add(row)
            more.append(row)
    session.flush()
    return more


def _publish(session: Session, origin: Origin, kept: Sequence[KeptBack]) -> None:
    """Sign what begins, changes or ends to be withheld, and number the Head that it explains."""
    stored = {
        row.uid: row
        for row in session.scalars(
            select(SignedObject).where(SignedObject.uid.in_([one.uid for one in kept]))
        )
    }
    documents = [row for one in kept if (row := _sign(session, origin, one, stored.get(one.uid)))]
    shown = []
    for one in kept:
        row = stored.get(one.uid)
        if row is None:
            continue
        if one.reason and row.deleted_at is None:
            row.feed_seq = None
        elif row.feed_seq is None and origin.is_served:
            shown.append(row.uid)
    if documents:
        _add_to_own_feed(session, documents)
    if origin.is_served and origin.head is not None and (documents or shown):
        hub.number_rows(session, shown, [origin.id])


def _sign(
    session: Session, origin: Origin, kept: KeptBack, stored: SignedObject | None
) -> SignedObject | None:
    """Return the changed row of a `Withheld`, None when it says already what is so."""
    about = _about(origin, kept, stored)
    row = session.get(SignedObject, kept.document) if kept.document else None
    is_told = row is not None and row.deleted_at is None
    if about is None and not is_told:
        return None
    if about is not None and is_told and (kept.version, kept.element) == about:
        return None
    signer, now = identity.load(), clock.now()
    row = row or SignedObject(uid=f"{signer.origin}/federation/o/{ids.new_id()}")
    version = projection.next_version(row.version or 0, now)
    common: dict[str, Any] = {"id": row.uid, "origin": signer.origin, "version": version}
    if about is None:
        document = projection.make_tombstone(**common, deleted=now, reason="withdrawn")
        row.deleted_at = now.replace(microsecond=0)
    else:
        kept.document, (kept.version, kept.element) = row.uid, about
        document = projection.make_withheld(
            **common,
            target=kept.uid,
            target_version=about[0],
            element=about[1],
            reason=kept.reason,
            since=kept.since,
        )
        row.deleted_at = None
    _fill(row, proofs.sign(document, signer.key, signer.method, now))
    return row


def _about(origin: Origin, kept: KeptBack, stored: SignedObject | None) -> tuple[int, bytes] | None:
    """Return version and element to withhold; None when there is nothing to tell (any more)."""
    if not kept.reason:
        return None
    if kept.uid == origin.base and origin.suspended_at is None:
        return None
    if kept.uid == origin.base:
        return 1, hashlib.sha256(origin.base.encode()).digest()
    if stored is None or stored.deleted_at is not None or not origin.is_served:
        return None
    return stored.version, stored.element


def _fill(row: SignedObject, document: dict[str, Any]) -> None:
    row.type, row.version = document["type"], document["version"]
    row.body = profile.canonical(document)
    row.element = profile.element(row.uid, row.version, row.body)


def _add_to_own_feed(session: Session, rows: Sequence[SignedObject]) -> None:
    signer = identity.load()
    own = numbering.lock_own(session)
    site = session.scalars(select(Origin).where(Origin.is_own)).one()
    for row, number in zip(rows, numbering.next_numbers(session, len(rows)), strict=True):
        row.origin_id, row.seq = site.id, number
        session.add(row)
    session.flush()
    publishing_head.issue(session, own, site, signer, is_changed=True)
    hub.number_rows(session, [row.uid for row in rows], [site.id])


def _forget_ended(session: Session, origin: Origin, kept: Sequence[KeptBack]) -> None:
    """Forget decisions that were taken back, and those about all of an origin that is back."""
    for one in kept:
        is_back = one.uid == origin.base and origin.suspended_at is None
        if not one.reason or is_back:
            session.delete(one)
    session.flush()


def purge(session: Session) -> None:
    """Delete the objects of what was suspended 30 days ago; the decision itself stays."""
    long_ago = clock.now() - PURGE_AFTER
    old = select(Origin).where(Origin.suspended_at <= long_ago, Origin.state != PURGED)
    for origin in session.scalars(old):
        confirmation.forget_objects(session, origin)
        origin.state, origin.reason = PURGED, ""


def find(session: Session, named: str) -> tuple[SignedObject, Origin] | None:
    """Return a stored object and its origin by id, by the address of a page of it, or by its UUID."""
    identifier = (
        named.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rstrip("/").rpartition("/")[2]
    )
    exact = SignedObject.uid == named
    found = SignedObject.uid.endswith(f"/federation/o/{identifier}", autoescape=True)
    for condition in (exact, found):
        row = session.execute(
            select(SignedObject, Origin)
            .join(Origin, Origin.id == SignedObject.origin_id)
            .where(condition, SignedObject.type.in_(("Offer", "Organisation", "Tombstone")))
        ).first()
        if row is not None:
            return row.SignedObject, row.Origin
    return None
