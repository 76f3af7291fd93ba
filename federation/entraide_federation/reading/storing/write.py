"""Writing verified objects in bulk: the signed bytes, their public rows, the origin's Head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from entraide import clock, ids, remove_listings
from entraide_federation.listing import rows as listings
from entraide_federation.listing import visibility
from entraide_federation.protocol import profile, proofs, types
from entraide_federation.protocol.errors import Refusal
from entraide_federation.protocol.objects import Counted
from entraide_federation.protocol.superseding import is_equivocation
from entraide_federation.reading.attempt import SourceReader
from entraide_federation.reading.receiving.groups import Group, keys_of
from entraide_federation.reading.storing import bulk, withheld
from entraide_federation.reading.storing.plan import Plan
from entraide_federation.reading.storing.rows import Row, load_rows, row_of
from entraide_federation.store import kept_back, numbering, security_events
from entraide_federation.store.models import Evidence, Origin, OriginState, SignedObject
from entraide_federation.store.silence import KEYSET_EXPIRED
from entraide_federation.withholding import decisions

BATCH = 1_000
EVIDENCE_PER_ORIGIN = 1_000

Taken = list[tuple[Counted, Row | None]]
"""Objects to store, each with what was stored of it before."""


def write_plan(session: Session, reader: SourceReader, origin: Origin, plan: Plan) -> int:
    """Store what a verified group changes, its Head last; return how many objects changed.

    Nothing is judged here but who is shown: the plan has been verified.
    """
    had_objects = bool(plan.stored)
    _remove(session, plan)
    if plan.removed and reader.is_relay and origin.base == reader.base:
        withheld.forget(session, reader.base, plan.removed)
    changed = len(plan.removed)
    renamed: set[str] = set()
    with bulk.collection_paused():
        for batch in plan.group.spool.batches():
            taken = _choose(session, reader, plan, batch)
            if taken:
                changed += len(taken)
                _store(session, reader, origin, plan.group, taken)
                renamed |= {item.id for item, _ in taken if item.type == types.ORGANISATION.name}
    if had_objects and renamed and origin.is_listed:
        visibility.rename(session, origin.base, renamed)
    _write_head(session, reader, origin, plan)
    decisions.align(session, origin)
    return changed


def write_erasures(session: Session, reader: SourceReader, origin: Origin, group: Group) -> int:
    """Store only the terminal Tombstones of a group that was refused (rule 5); return how many."""
    stored = load_rows(session, origin.id)
    taken: Taken = []
    for batch in group.spool.batches():
        for item in batch:
            before = stored.get(item.id)
            if before is not None and item.rank > before.rank and _erases(reader, group, item):
                taken.append((item, before))
                stored[item.id] = row_of(item)
    if taken:
        _store(session, reader, origin, group, taken)
    return len(taken)


def _erases(reader: SourceReader, group: Group, item: Counted) -> bool:
    if not item.is_terminal or item.problem:
        return False
    try:
        proofs.verify(item.document, keys_of(group), now=reader.now)
    except Refusal:
        return False
    return True


def _remove(session: Session, plan: Plan) -> None:
    for start in range(0, len(plan.removed), BATCH):
        uids = plan.removed[start : start + BATCH]
        session.execute(delete(SignedObject).where(SignedObject.uid.in_(uids)))
        remove_listings(session, uids)
        for uid in uids:
            del plan.stored[uid]


def _choose(session: Session, reader: SourceReader, plan: Plan, batch: list[Counted]) -> Taken:
    """Return the objects of a batch that replace what is stored, one form of each."""
    is_first = plan.is_first
    chosen: dict[str, tuple[Counted, Row | None]] = {}
    for item in batch:
        before = plan.stored.get(item.id)
        if before is not None and is_equivocation(item, before):
            _keep_evidence(session, reader, item, before)
        if plan.takes(item, before):
            first = chosen[item.id][1] if item.id in chosen else before
            chosen[item.id] = (item, first)
            if not is_first:
                plan.stored[item.id] = row_of(item)
    return list(chosen.values())


def _keep_evidence(session: Session, reader: SourceReader, item: Counted, before: Row) -> None:
    """Keep the hashes of two contents under one version (R2).

    One pair per version and a thousand per origin prove enough: nobody fills the disk with them.
    """
    if _has_evidence(session, item):
        return
    session.add(_make_evidence(item, before, reader.base))
    session.flush()
    security_events.record(
        session,
        source=reader.base,
        origin=item.origin,
        name="equivocation",
        detail=f"{item.id} has two contents under version {item.version}",
    )


def _has_evidence(session: Session, item: Counted) -> bool:
    of_version = (Evidence.uid == item.id, Evidence.version == item.version)
    if session.scalar(select(Evidence.id).where(*of_version).limit(1)) is not None:
        return True
    kept = select(func.count()).select_from(Evidence).where(Evidence.origin == item.origin)
    return (session.scalar(kept) or 0) >= EVIDENCE_PER_ORIGIN


def _make_evidence(item: Counted, before: Row, source: str) -> Evidence:
    kept, other = sorted((item.element, before.element), reverse=True)
    return Evidence(
        id=ids.new_id(),
        origin=item.origin,
        uid=item.id,
        version=item.version,
        kept_element=kept,
        other_element=other,
        source=source,
        seen_at=clock.now(),
    )


def _contradicts_itself(session: Session, origin: Origin) -> bool:
    """Return whether the version that is stored of some object has another content elsewhere."""
    is_stored = and_(SignedObject.uid == Evidence.uid, SignedObject.version == Evidence.version)
    contradictions = (
        select(Evidence.id).join(SignedObject, is_stored).where(Evidence.origin == origin.base)
    )
    return session.scalar(contradictions.limit(1)) is not None


def _judge(session: Session, reader: SourceReader, group: Group, taken: Taken) -> list[str | None]:
    """Return why each object of one batch is not shown, None for those to be shown.

    Of a silent origin, whose Keyset has expired, only Tombstones show their effect.
    """
    problems = listings.judge_all(
        [(item.document, item.canonical) for item, _ in taken],
        source=reader.base,
        now=reader.now,
        limits=reader.limits,
        problems=[item.problem for item, _ in taken],
    )
    silence = KEYSET_EXPIRED if keys_of(group).is_expired(reader.now) else None
    kept = kept_back.among(session, [item.id for item, _ in taken])
    hidden = [kept_back.WITHHELD if item.id in kept else None for item, _ in taken]
    return [
        problem if item.is_tombstone else reason or problem or silence
        for problem, reason, (item, _) in zip(problems, hidden, taken, strict=True)
    ]


def _store(
    session: Session, reader: SourceReader, origin: Origin, group: Group, taken: Taken
) -> None:
    """Write signed bytes and public rows of one batch; on a hub each gets a new feed number."""
    problems = _judge(session, reader, group, taken)
    is_relayed = reader.is_hub and origin.is_served
    numbers = numbering.next_feed_numbers(session, len(taken)) if is_relayed else None
    rows = [
        (
            origin.id,
            item,
            numbers[position] if numbers else None,
            problems[position],
            group.is_complete,
        )
        for position, (item, _) in enumerate(taken)
    ]
    shown = [item.document for _, item, _, problem, _ in rows if problem is None]
    bulk.store_objects(session, rows, [item.id for item, before in taken if before is not None])
    _list(session, origin, group.names, taken, shown)
    if reader.is_relay and origin.base == reader.base:
        withheld.follow(session, reader.base, [item for item, _ in taken])
    erased = [item.id for item, _ in taken if item.is_terminal]
    if erased:
        session.execute(delete(Evidence).where(Evidence.uid.in_(erased)))


def _list(
    session: Session,
    origin: Origin,
    names: Mapping[str, str],
    taken: Taken,
    shown: list[dict[str, Any]],
) -> None:
    """Make the public rows agree with what was stored; an origin that is not listed has none."""
    known = listings.organisation_names(session, shown, names)
    listed = {document["id"] for document in shown if document["type"] in types.ON_PAGES}
    remove_listings(
        session, [item.id for item, before in taken if before and item.id not in listed]
    )
    if origin.is_listed:
        listings.show(session, shown, known)


def _note_silence(session: Session, reader: SourceReader, origin: Origin, plan: Plan) -> None:
    """Say of an origin that contradicts itself or whose Keyset has expired; of others nothing."""
    before, origin.reason = origin.reason, ""
    if _contradicts_itself(session, origin):
        origin.reason = "equivocation"
    elif keys_of(plan.group).is_expired(reader.now):
        origin.reason = KEYSET_EXPIRED
        if before != KEYSET_EXPIRED:
            security_events.record(
                session,
                source=reader.base,
                origin=origin.base,
                name=KEYSET_EXPIRED,
                detail="its Keyset has expired; its operator has to renew it",
            )


def _write_head(session: Session, reader: SourceReader, origin: Origin, plan: Plan) -> None:
    head = plan.head
    origin.head = profile.canonical(head.document)
    origin.head_seq, origin.head_issued_at = head.seq, head.issued
    origin.head_expires_at = plan.verdict.fresh_until
    is_fresh = plan.verdict.is_fresh(reader.now)
    origin.state = OriginState.LIVE if is_fresh else OriginState.STALE
    _note_silence(session, reader, origin, plan)
    origin.verified_at = reader.now
    live = sum(not row.is_tombstone for row in plan.stored.values())
    origin.live_count = plan.group.live if plan.is_first else live
    if reader.is_hub and origin.is_served:
        origin.head_feed_seq = numbering.next_feed_numbers(session, 1)[0]
    session.flush()
    if origin.is_hidden and is_fresh:
        visibility.show(session, origin)
