"""Letting what is stored of an origin into the lists and the feed, and out of them again."""

from __future__ import annotations

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from entraide_federation import settings
from entraide_federation.listing import visibility
from entraide_federation.store import health
from entraide_federation.store.models import KeptBack, Origin, SignedObject


def serve(session: Session, origin: Origin) -> None:
    """Show what is stored of an origin, and at a relay number it, its Head last."""
    if origin.is_listed:
        visibility.show(session, origin)
    if origin.is_served and settings.current().is_hub and origin.head is not None:
        hidden = select(KeptBack.uid).where(KeptBack.by == "")
        shown = select(SignedObject.uid).where(
            SignedObject.origin_id == origin.id,
            or_(SignedObject.deleted_at.is_not(None), SignedObject.uid.not_in(hidden)),
        )
        health.number_rows(session, session.scalars(shown).all(), [origin.id])


def unserve(session: Session, origin: Origin) -> None:
    """Take what is stored of an origin out of the lists and out of the feed, and keep it."""
    of_origin = SignedObject.origin_id == origin.id
    session.execute(update(SignedObject).where(of_origin).values(feed_seq=None))
    origin.head_feed_seq = None
    visibility.unlist(session, origin.base)
