"""Who stays in the lists: silent origins leave them, returning ones come back, names follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from entraide import DescribedKind, Listing, clock, remove_listings, runtime
from entraide_federation.listing import rows as listings
from entraide_federation.protocol import objects, types
from entraide_federation.protocol.keysets import Keyset, read_keyset
from entraide_federation.protocol.limits import Limits
from entraide_federation.store import kept_back
from entraide_federation.store.models import KeysetVersion, Origin, OriginState, SignedObject
from entraide_federation.store.silence import KEYSET_EXPIRED

IS_LISTED = (
    Origin.confirmed_at.is_not(None),
    Origin.suspended_at.is_(None),
    Origin.is_hidden.is_(False),
)
"""What `Origin.is_listed` says of another site, for queries."""

BATCH = 1_000
CHECKED_AT_ONCE = 200
"""Signatures verified together with a whole snapshot: some milliseconds of its pull."""

_DESCRIBED = runtime.Slot("mark that kinds were described since the start", bool)
_JUDGED_UNTIL = runtime.Slot("mark of what was judged again", str)


def hide_silent(session: Session, *, now: datetime, limits: Limits) -> None:
    """Grey origins whose Head has expired, and take those silent for seven days out of the lists.

    Silence is not deletion: the objects stay stored and come back with their origin. Whoever only
    seemed silent, because the clock was ahead for a while, comes back at once.
    """
    remote = select(Origin).where(Origin.is_own.is_(False), Origin.head.is_not(None))
    _unlist_unserved(session)
    _mark_stale(session, now)
    silent_since = now - timedelta(days=limits.hide_after_days)
    gone = remote.where(Origin.is_hidden.is_(False), Origin.head_issued_at < silent_since)
    for origin in session.scalars(gone):
        origin.is_hidden = True
        unlist(session, origin.base)
    for origin in session.scalars(
        remote.where(Origin.is_hidden, Origin.head_issued_at >= silent_since)
    ):
        show(session, origin)


def _mark_stale(session: Session, now: datetime) -> None:
    """Let the state of every other origin say whether its Head has expired."""
    session.execute(
        update(Origin)
        .where(
            Origin.is_own.is_(False), Origin.state == OriginState.LIVE, Origin.head_expires_at < now
        )
        .values(state=OriginState.STALE)
    )
    session.execute(
        update(Origin)
        .where(
            Origin.is_own.is_(False),
            Origin.state == OriginState.STALE,
            Origin.head_expires_at >= now,
        )
        .values(state=OriginState.LIVE)
    )


def _unlist_unserved(session: Session) -> None:
    """Take out of the lists whatever a person or a migration decided while nobody was looking."""
    is_served = and_(Origin.confirmed_at.is_not(None), Origin.suspended_at.is_(None))
    served = select(Origin.base).where(or_(Origin.is_own, is_served))
    listed = select(Listing.uid).where(Listing.origin.is_not(None), Listing.origin.not_in(served))
    is_foreign = DescribedKind.origin != ""
    kinds = select(DescribedKind.uid).where(is_foreign, DescribedKind.origin.not_in(served))
    remove_listings(session, session.scalars(listed.union_all(kinds)).all())


def unlist(session: Session, base: str) -> None:
    """Take everything of another site out of the lists, and what it says of its kinds."""
    listed = select(Listing.uid).where(Listing.origin == base)
    kinds = select(DescribedKind.uid).where(DescribedKind.origin == base)
    remove_listings(session, session.scalars(listed.union_all(kinds)).all())


def show(session: Session, origin: Origin) -> None:
    """Put every acceptable object of an origin into the lists again, unless it may not be there."""
    origin.is_hidden = False
    if not origin.is_listed:
        return
    for uids in _uids(session, origin):
        relist(session, uids)


def relist(session: Session, uids: Sequence[str]) -> None:
    """Write the public rows of some stored objects again."""
    bodies = select(SignedObject.body).where(
        SignedObject.uid.in_(uids), SignedObject.problem.is_(None)
    )
    listed = bodies.join(Origin, Origin.id == SignedObject.origin_id).where(*IS_LISTED)
    documents = [listings.document_of(body) for body in session.scalars(listed)]
    listings.show(session, documents, listings.organisation_names(session, documents, {}))


def describe_again(session: Session) -> None:
    """Write what other sites say of their kinds once more, at the first call after a start.

    A release before this one may have stored it and shown nothing, and what fits on pages depends
    on the words of the release and on the name of this site.
    """
    if _DESCRIBED.get():
        return
    kinds = select(SignedObject.uid).join(Origin, Origin.id == SignedObject.origin_id)
    others = kinds.where(SignedObject.type == types.KIND.name, Origin.is_own.is_(False))
    uids = session.scalars(others.order_by(SignedObject.uid)).all()
    for start in range(0, len(uids), BATCH):
        relist(session, uids[start : start + BATCH])
    _DESCRIBED.fill(True)


def rename(session: Session, base: str, organisations: set[str]) -> None:
    """Write what belongs to these organisations again where their name changed or was missing."""
    owned = [types.BY_NAME[name].row_type for name in types.OWNED]
    rows = session.execute(
        select(Listing.uid, Listing.organisation).where(
            Listing.origin == base, Listing.type.in_(owned)
        )
    )
    names = _names(session, organisations)
    stale = [uid for uid, named in rows if _is_stale(named, names)]
    for start in range(0, len(stale), BATCH):
        relist(session, stale[start : start + BATCH])


def judge_again(session: Session, *, now: datetime, limits: Limits, checked: int = BATCH) -> None:
    """Judge what was not acceptable once more: clocks, keys, plugins and rules change (rule 7).

    A thousand at a time in the order of their ids; the next call goes on where this one ended.
    Besides, so many signatures (`checked`) are verified of what only a Head had vouched for.
    """
    others = _others()
    has_problem = SignedObject.problem.is_not(None)
    after = SignedObject.uid > _JUDGED_UNTIL.get()
    refused = session.execute(others.where(has_problem, after).limit(BATCH)).all()
    _JUDGED_UNTIL.fill(refused[-1].uid if len(refused) == BATCH else "")
    _judge_rows(session, refused, now, limits)
    by_origin = others.order_by(None).order_by(SignedObject.origin_id)
    vouched = session.execute(by_origin.where(SignedObject.is_vouched).limit(checked)).all()
    _judge_rows(session, vouched, now, limits)
    uids = [row.uid for row in vouched]
    seen = update(SignedObject).where(SignedObject.uid.in_(uids)).values(is_vouched=False)
    if uids:
        session.execute(seen)


def judge_objects(session: Session, uids: Sequence[str], *, limits: Limits) -> None:
    """Judge some stored objects now, because what is said about them has changed."""
    for start in range(0, len(uids), BATCH):
        some = SignedObject.uid.in_(uids[start : start + BATCH])
        _judge_rows(session, session.execute(_others().where(some)).all(), clock.now(), limits)


def _others() -> Any:
    columns = (
        SignedObject.uid,
        SignedObject.type,
        SignedObject.body,
        SignedObject.problem,
        Origin.base,
    )
    return (
        select(*columns, Origin.id, Origin.keyset_version)
        .join(Origin, Origin.id == SignedObject.origin_id)
        .where(Origin.is_own.is_(False))
        .order_by(SignedObject.uid)
    )


def _judge_rows(session: Session, rows: Sequence[Any], now: datetime, limits: Limits) -> None:
    # An id begins with its origin, so the objects of one stand together.
    for source, group in groupby(rows, key=attrgetter("base")):
        stored = list(group)
        keys = _keys_of(session, stored[0].id, stored[0].keyset_version)
        documents = [(listings.document_of(row.body), row.body) for row in stored]
        wrong = [objects.find_problem(document, keys, now=now) for document, _ in documents]
        problems = listings.judge_all(
            documents, source=source, now=now, limits=limits, problems=wrong
        )
        kept = kept_back.among(session, [row.uid for row in stored])
        is_silent = keys is not None and keys.is_expired(now)
        for row, judged in zip(stored, problems, strict=True):
            # What a silent origin showed before stays shown; what waited goes on waiting.
            waits = is_silent and row.problem is not None and row.type != types.TOMBSTONE.name
            problem = judged or (KEYSET_EXPIRED if waits else None)
            problem = kept_back.WITHHELD if row.uid in kept else problem
            if problem != row.problem:
                _note_problem(session, row.uid, problem)


def _keys_of(session: Session, origin_id: int, version: int) -> Keyset | None:
    body = session.scalar(
        select(KeysetVersion.body).where(
            KeysetVersion.origin_id == origin_id, KeysetVersion.version == version
        )
    )
    development = runtime.current().settings.development
    return read_keyset(orjson.loads(body), development=development) if body else None


def _note_problem(session: Session, uid: str, problem: str | None) -> None:
    session.execute(update(SignedObject).where(SignedObject.uid == uid).values(problem=problem))
    if problem is None:
        relist(session, [uid])
    else:
        remove_listings(session, [uid])


def _uids(session: Session, origin: Origin) -> Iterator[list[str]]:
    after = ""
    while True:
        page = list(
            session.scalars(
                select(SignedObject.uid)
                .where(SignedObject.origin_id == origin.id, SignedObject.uid > after)
                .order_by(SignedObject.uid)
                .limit(BATCH)
            )
        )
        if not page:
            return
        yield page
        after = page[-1]


def _names(session: Session, organisations: set[str]) -> dict[str, str]:
    bodies = select(SignedObject.body).where(
        SignedObject.uid.in_(organisations), SignedObject.type == types.ORGANISATION.name
    )
    documents = [listings.document_of(body) for body in session.scalars(bodies)]
    return {document["id"]: document.get("name", "") for document in documents}


def _is_stale(named: dict[str, str] | None, names: dict[str, str]) -> bool:
    return named is None or named["name"] != names.get(named["id"], named["name"])
