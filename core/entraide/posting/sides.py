"""What may be posted: the sides (offer, request), each with its action and how it is submitted."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from entraide.directory.offers import service
from entraide.directory.offers.schemas import OfferInput
from entraide.errors import NotFound
from entraide.i18n import Text
from entraide.policy import Actor
from entraide.runtime import Slot


class Side(Protocol):
    """One side of posting; features give theirs in `sides.SIDES`."""

    @property
    def name(self) -> str:
        """Return `offer` or `request`."""
        ...

    @property
    def action(self) -> str:
        """Return the action of the policy that submitting needs."""
        ...

    @property
    def notice(self) -> Text | str:
        """Return what that page says first; empty when it says so by itself."""
        ...

    def submit(self, session: Session, actor: Actor, draft: OfferInput) -> str:
        """Create the row; return the path of the page that tells what happens next.

        Raises BadInput with messages by field when something needs another look.
        """
        ...


class OfferSide:
    """Offers: published at once when the author may, else read first by a coordinator."""

    name = "offer"
    action = "directory.propose"
    notice = ""

    def submit(self, session: Session, actor: Actor, draft: OfferInput) -> str:
        """Create the offer; return the page that thanks its author."""
        offer = service.create_offer(session, actor=actor, data=draft)
        return f"/post/sent/{offer.id}"


SIDES: dict[str, Side] = {"offer": OfferSide()}
POST_SIDES: Slot[dict[str, Side]] = Slot("list of what may be posted", dict)
"""The sides of every feature, by name."""


def side_named(name: str) -> Side:
    """Return a side that this site takes; NotFound when it does not."""
    sides = POST_SIDES.get()
    if name not in sides:
        raise NotFound
    return sides[name]
