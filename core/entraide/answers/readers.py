"""Who takes part in an offer: the other half of the question who reads which of its fields."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from entraide import clock
from entraide.answers.models import OfferAnswer, OfferAnswerState
from entraide.clock import PARIS
from entraide.database import session
from entraide.directory.models import Offer
from entraide.policy import Actor


def takes_part(offer: Offer, actor: Actor) -> bool:
    """Return whether somebody has a seat of an offer, or the yes of whoever offers it.

    What has a date is read from the day before on until the day after: who cancels earlier, or
    takes a seat to look, learns no meeting point.
    """
    today = clock.now().astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    agreed = select(OfferAnswer.id).where(
        OfferAnswer.offer_id == offer.id,
        OfferAnswer.member_id == actor.id,
        OfferAnswer.state == OfferAnswerState.AGREED,
        OfferAnswer.starts_at.is_(None)
        | OfferAnswer.starts_at.between(today - day, today + 2 * day),
    )
    return session().scalar(agreed.limit(1)) is not None
