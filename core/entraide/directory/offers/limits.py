"""How many offers one member may make in a day, through whatever door."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock
from entraide.directory.coordinators import coordinates_any
from entraide.directory.models import Offer
from entraide.errors import TooManyRequests
from entraide.i18n import catalogue
from entraide.members.accounts import STAFF, lock_member
from entraide.policy import Actor

_ = catalogue("entraide")

OFFERS, OFFERS_OF_TEAMS = 5, 100
"""Offers of one member in a day; coordinators and staff write for many people."""
WINDOW = timedelta(days=1)


def check_new_offers(session: Session, actor: Actor) -> None:
    """Raise TooManyRequests above the daily limit; offers that were taken down count too."""
    lock_member(session, actor.id)
    writes_for_many = bool(actor.roles & STAFF) or coordinates_any(actor)
    most = OFFERS_OF_TEAMS if writes_for_many else OFFERS
    now = clock.now()
    recent = session.scalars(
        select(Offer.created_at)
        .where(
            Offer.member_id == actor.id,
            Offer.created_at > now - WINDOW,
            # What a clock that was ahead has dated would count for years.
            Offer.created_at <= now,
        )
        .order_by(Offer.created_at.desc())
        .limit(most)
    ).all()
    if len(recent) >= most:
        raise TooManyRequests(
            _("You wrote %(count)s offers today. Thank you! Please go on tomorrow.", count=most),
            retry_after=int((recent[-1] + WINDOW - now).total_seconds()) + 1,
        )
