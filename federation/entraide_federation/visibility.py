"""Who stays in the lists: silent origins leave them, returning ones come back, names follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import Listing, remove_listings, runtime, store_listings
from entraide_federation import listings, silence
from entraide_federation.limits import Limits
from entraide_federation.models import Origin, SignedObject

BATCH = 1_000
JUDGED_UNTIL = "federation-judged-until"


def hide_silent(session: Session, *, now: datetime, limits: Limits) -> None:
    """Grey origins whose Head has expired, and take those silent for seven days out of the lists.

    Silence is not deletion: the objects stay stored and come back with their origin. Whoever only
    seemed silent, because the clock was ahead for a while, comes back at once.
    """
    remote = select(Origin).where(Origin.is_own.is_(False), Origin.head.is_not(None))
    session.execute(
        update(Origin)
        .where(Origin.is_own.is_(False), Origin.state == "live", Origin.head_expires_at < now)
        .values(state="stale")
    )
    session.execute(
        update(Origin)
        .where(Origin.is_own.is_(False), Origin.state == "stale", Origin.head_expires_at >= now)
        .values(state="live")
    )
    silent_since = now - timedelta(days=limits.hide_after_days)
    gone = remote.where(Origin.is_hidden.is_(False), Origin.head_issued_at < silent_since)
    for origin in session.scalars(gone):
        origin.is_hidden = True
        remove_listings(
            session, list(session.scalars(select(Listing.uid).where(Listing.origin == origin.base)))
        )
    for origin in session.scalars(
        remote.where(Origin.is_hidden, Origin.head_issued_at >= silent_since)
    ):
        show(session, origin)


def show(session: Session, origin: Origin) -> None:
    """Put every acceptable object of an origin into the lists again."""
    origin.is_hidden = False
    for uids in _uids(session, origin):
        relist(session, uids)


def relist(session: Session, uids: Sequence[str]) -> None:
    """Write the public rows of some stored objects again."""
    bodies = select(SignedObject.body).where(
        SignedObject.uid.in_(uids), SignedObject.problem.is_(None)
    )
    documents = [listings.document_of(body) for body in session.scalars(bodies)]
    names = listings.organisation_names(session, documents, {})
    rows = [listings.row_of(document, names) for document in documents]
    store_listings(session, [row for row in rows if row])


def rename(session: Session, base: str, organisations: set[str]) -> None:
    """Write the offers of these organisations again where their name changed or was missing."""
    rows = session.execute(
        select(Listing.uid, Listing.organisation).where(
            Listing.origin == base, Listing.type == "offer"
        )
    )
    names = _names(session, organisations)
    stale = [uid for uid, named in rows if _is_stale(named, names)]
    for start in range(0, len(stale), BATCH):
        relist(session, stale[start : start + BATCH])


def judge_again(session: Session, *, now: datetime, limits: Limits) -> None:
    """Judge what was not acceptable once more: clocks, plugins and rules change (rule 7).

    A thousand at a time in the order of their ids; the next call goes on where this one ended.
    """
    services = runtime.current().services
    refused = session.execute(
        select(SignedObject.uid, SignedObject.body, SignedObject.problem, Origin.base)
        .join(Origin, Origin.id == SignedObject.origin_id)
        .where(
            SignedObject.problem.is_not(None), Origin.is_own.is_(False),
            SignedObject.uid > services.get(JUDGED_UNTIL, ""),
        )
        .order_by(SignedObject.uid)
        .limit(BATCH)
    ).all()  # fmt: skip
    services[JUDGED_UNTIL] = refused[-1].uid if len(refused) == BATCH else ""
    silent = silence.find_silent(session, {row.base for row in refused}, now) if refused else ()
    # An id begins with its origin, so the objects of one stand together.
    for source, rows in groupby(refused, key=attrgetter("base")):
        stored = list(rows)
        documents = [(listings.document_of(row.body), row.body) for row in stored]
        problems = listings.judge_all(documents, source=source, now=now, limits=limits)
        for row, found in zip(stored, problems, strict=True):
            problem = found or (silence.KEYSET_EXPIRED if source in silent else None)
            if problem != row.problem:
                _note_problem(session, row.uid, problem)


def _note_problem(session: Session, uid: str, problem: str | None) -> None:
    session.execute(update(SignedObject).where(SignedObject.uid == uid).values(problem=problem))
    if problem is None:
        relist(session, [uid])


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
        SignedObject.uid.in_(organisations), SignedObject.type == "Organisation"
    )
    documents = [listings.document_of(body) for body in session.scalars(bodies)]
    return {one["id"]: one.get("name", "") for one in documents}


def _is_stale(named: dict[str, str] | None, names: dict[str, str]) -> bool:
    return named is None or named["name"] != names.get(named["id"], named["name"])
