"""Telling somebody what became of the offer that they proposed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from entraide import i18n, outbox, runtime
from entraide.directory.models import Offer
from entraide.i18n import LazyText, catalogue
from entraide.kinds import Message
from entraide.members.models import Member
from entraide.policy import Actor

_ = catalogue("entraide")

SUBJECT = _("news of your offer")
PUBLISHED = _(
    "Hello,\n\nthe offer that you proposed is public now: %(link)s\n\nThank you for helping.\n"
)
DECLINED = _(
    "Hello,\n\nthe association does not publish the offer that you proposed. You can ask it why, "
    "or propose another one. Here is how to reach it: %(link)s\n\nThank you for wanting to help.\n"
)


def tell_published(session: Session, *, offer: Offer, actor: Actor | None) -> None:
    """Tell the author that somebody else has published their proposal."""
    _tell(session, offer, actor, PUBLISHED, f"/offers/{offer.id}")


def tell_declined(session: Session, *, offer: Offer, actor: Actor) -> None:
    """Tell the author that their proposal will not be public, and whom to ask."""
    _tell(session, offer, actor, DECLINED, f"/organisations/{offer.organisation_id}")


def _tell(session: Session, offer: Offer, actor: Actor | None, words: LazyText, path: str) -> None:
    member = session.get(Member, offer.member_id) if offer.member_id else None
    if member is None or actor is None or member.id == actor.id:
        return
    link = runtime.current().settings.site.base_url + path
    with i18n.speaking(member.language):
        key = f"offer-{offer.id.hex}-{offer.revision}"
        outbox.send(session, Message(member.email, str(SUBJECT), str(words) % {"link": link}, key))
