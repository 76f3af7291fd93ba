"""Offers of kinds whose plugin is off: out of every list at once, back as soon as it is on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from entraide import clock, database, runtime
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import list_offer
from entraide.directory.models import Offer, Publication
from entraide.directory.offers.mails import tell_paused
from entraide.members.models import Member
from entraide.plugins.choices import PAUSE, PAUSED, PausedKind
from entraide.privacy import snapshot


def settle_pauses(session: Session) -> None:
    """Make the listing agree with which kinds are on; asked each time the site is opened to serve.

    Offers of a kind that went off leave the lists, the search and the feed; those of one that came
    back stand in them again. Their rows are kept as they are.
    """
    off = kinds_off(session)
    rows = {row.kind: row for row in session.scalars(select(PausedKind))}
    for kind, plugin in off.items():
        if kind not in rows:
            rows[kind] = PausedKind(kind=kind, plugin=plugin, paused_at=clock.now())
            session.add(rows[kind])
    back = [row for kind, row in rows.items() if kind in runtime.current().kinds]
    _list_again(session, _still_listed(session, [*off]))
    _list_again(session, _public(session, [row.kind for row in back]))
    for row in back:
        session.delete(row)
        del rows[row.kind]
    session.flush()
    PAUSED.fill({kind: row.paused_at for kind, row in rows.items()})


def kinds_off(session: Session) -> dict[str, str]:
    """Return kind → plugin of all kinds whose plugin was switched off, or is not enabled any more.

    One that is enabled and fails, or is missing, only rests: nothing of it is taken away.
    """
    site = runtime.current()
    known = {name: kind["plugin"] for name, kind in snapshot.latest(session)["kinds"].items()}
    standing = {*site.registry.modules, *site.registry.quarantined}
    return {
        name: plugin
        for name, plugin in known.items()
        if name not in site.kinds and plugin not in standing
    }


def _still_listed(session: Session, kinds: list[str]) -> list[Offer]:
    if not kinds:
        return []
    own = Listing.kind.in_(kinds), Listing.type == "offer", Listing.origin.is_(None)
    uids = set(session.scalars(select(Listing.uid).where(*own)))
    identifiers = {uid.rpartition("/")[2] for uid in uids}
    return [offer for offer in _public(session, kinds) if str(offer.id) in identifiers]


def _public(session: Session, kinds: list[str]) -> list[Offer]:
    if not kinds:
        return []
    public = Offer.kind.in_(kinds), Offer.publication == Publication.PUBLIC
    return list(session.scalars(select(Offer).where(*public)))


def _list_again(session: Session, offers: list[Offer]) -> None:
    for offer in offers:
        list_offer(session, offer)


def tell_authors() -> None:
    """Tell the authors of offers that have paused for long, once, that they are not shown."""
    tell_once(PausedKind.offers_ended_at, _authors_of, "/manage")


def _authors_of(kind: str) -> Select[Any]:
    public = Offer.kind == kind, Offer.publication == Publication.PUBLIC
    return select(Offer.member_id).where(*public)


def tell_once(
    ended_at: InstrumentedAttribute[datetime | None],
    authors_of: Callable[[str], Select[Any]],
    path: str,
) -> None:
    """Write to the authors of each kind that has paused for long; `ended_at` keeps when.

    `authors_of` selects the ids of members, `path` is the page where they read of it.
    """
    due = ended_at.is_(None), PausedKind.paused_at <= clock.now() - PAUSE
    with database.reading() as session:
        if session.scalar(select(PausedKind.kind).where(*due).limit(1)) is None:
            return
    with database.writing() as session:
        for paused in session.scalars(select(PausedKind).where(*due).with_for_update()).all():
            authors = authors_of(paused.kind)
            for member in session.scalars(select(Member).where(Member.id.in_(authors))):
                tell_paused(session, member, paused.paused_at, path)
            setattr(paused, ended_at.key, clock.now())
