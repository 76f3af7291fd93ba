"""The signed `Withheld` with which a relay tells its readers what it keeps back (rule 8)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, ids
from entraide_federation.keys import identity
from entraide_federation.protocol import profile, proofs, types
from entraide_federation.publishing import own_head
from entraide_federation.store import health, kept_back, numbering
from entraide_federation.store.models import KeptBack, Origin, SignedObject

About = tuple[int, bytes] | None
"""Version and element of what is withheld."""


def publish(session: Session, origin: Origin, kept: Sequence[KeptBack]) -> None:
    """Sign what begins, changes or ends to be withheld, and number the Head that it explains."""
    stored = _load_stored(session, kept)
    withheld = kept_back.told_of(session, origin.base)
    documents, shown = [], []
    for decision in kept:
        row = stored.get(decision.uid)
        about = _about(origin, decision, row, withheld.get(decision.uid))
        if document := _sign(session, decision, about):
            documents.append(document)
        if row is None:
            continue
        if decision.reason and (row.deleted_at is None or (about and about[0] > row.version)):
            row.feed_seq = None
        elif row.feed_seq is None and origin.is_served:
            shown.append(row.uid)
    if documents:
        _add_to_own_feed(session, documents)
    if origin.is_served and origin.head is not None and (documents or shown):
        health.number_rows(session, shown, [origin.id])


def _load_stored(session: Session, kept: Sequence[KeptBack]) -> dict[str, SignedObject]:
    """Return by identifier the objects that are stored of those that decisions are about."""
    uids = [decision.uid for decision in kept]
    rows = session.scalars(select(SignedObject).where(SignedObject.uid.in_(uids)))
    return {row.uid: row for row in rows}


def _sign(session: Session, kept: KeptBack, about: About) -> SignedObject | None:
    """Return the changed row of a `Withheld`, None when it says already what is so."""
    row = session.get(SignedObject, kept.document) if kept.document else None
    if _is_published(row, kept, about):
        return None
    signer, now = identity.load(), clock.now()
    row = row or SignedObject(uid=f"{signer.origin}/federation/o/{ids.new_id()}")
    version = types.next_version(row.version or 0, now)
    common: dict[str, Any] = {"id": row.uid, "origin": signer.origin, "version": version}
    if about is None:
        document = types.TOMBSTONE.make(**common, deleted=now, reason="withdrawn")
        row.deleted_at = now.replace(microsecond=0)
    else:
        kept.document, (kept.version, kept.element) = row.uid, about
        document = _make_withheld(kept, about, common)
        row.deleted_at = None
    _fill(row, proofs.sign(document, signer.key, signer.method, now))
    return row


def _is_published(row: SignedObject | None, kept: KeptBack, about: About) -> bool:
    """Return whether the document of a decision says already what is so."""
    is_told = row is not None and row.deleted_at is None
    if about is None:
        return not is_told
    return is_told and (kept.version, kept.element) == about


def _make_withheld(
    kept: KeptBack, about: tuple[int, bytes], common: dict[str, Any]
) -> dict[str, Any]:
    return types.WITHHELD.make(
        **common,
        target=kept.uid,
        targetVersion=about[0],
        element=about[1],
        reason=kept.reason,
        since=kept.since,
    )


def _about(origin: Origin, kept: KeptBack, stored: SignedObject | None, withheld: About) -> About:
    """Return version and element to withhold; None when there is nothing to tell (any more).

    `withheld` is what a relay says that it keeps back from this one: maybe a later version than ours.
    """
    if not kept.reason:
        return None
    if kept.uid == origin.base:
        everything = 1, hashlib.sha256(origin.base.encode()).digest()
        return everything if origin.suspended_at is not None else None
    if not origin.is_served:
        return None
    if withheld is not None and (stored is None or withheld[0] > stored.version):
        return withheld
    if stored is None or stored.deleted_at is not None:
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
    own_head.issue(session, own, site, signer, is_changed=True)
    health.number_rows(session, [row.uid for row in rows], [site.id])
