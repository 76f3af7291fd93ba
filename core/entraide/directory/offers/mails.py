"""Telling somebody what became of their offer, and the team which proposals still wait."""

from __future__ import annotations

from sqlalchemy.orm import Session

from entraide import mail, runtime
from entraide.directory.models import Offer
from entraide.directory.moderation import REASONS
from entraide.i18n import LazyText, catalogue
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
DECLINED_BY_TEAM = _(
    "Hello,\n\nthe team of this site does not publish the offer that you proposed. You can ask it "
    "why, or propose another one. Here is how to reach it: %(contact)s\n\nThank you for wanting to "
    "help.\n"
)
LAPSED = _(
    "Hello,\n\nthe last day of the offer that you proposed has passed, and nobody decided about it "
    "in time. It was not online. We are sorry. You can propose it again, with a later day: "
    "%(link)s\n"
)
REMOVED = _(
    "Hello,\n\nthe team of this site took down an offer of yours. The reason: %(reason)s\n\nYou do "
    "not agree, or have a question? Write to us: %(contact)s\n"
)
WAITING = _(
    "Hello,\n\na proposal waits for your decision. Please publish or decline it before its last "
    "day: %(link)s\n"
)


def tell_published(session: Session, *, offer: Offer, actor: Actor | None) -> None:
    """Tell the author that somebody else has published their proposal."""
    if actor is not None and actor.id != offer.member_id:
        _tell_author(session, offer, PUBLISHED, link=f"/offers/{offer.id}")


def tell_declined(session: Session, *, offer: Offer, actor: Actor) -> None:
    """Tell the author that their proposal will not be public, and whom to ask."""
    if actor.id == offer.member_id:
        return
    if offer.organisation_id is None:
        _tell_author(session, offer, DECLINED_BY_TEAM)
    else:
        _tell_author(session, offer, DECLINED, link=f"/organisations/{offer.organisation_id}")


def tell_lapsed(session: Session, *, offer: Offer) -> None:
    """Tell the author that nobody decided about their proposal in time."""
    _tell_author(session, offer, LAPSED, link="/post/offer")


def tell_removed(session: Session, *, offer: Offer, reason: str) -> None:
    """Tell the author that the team took their offer down, and why (a name of `REASONS`)."""
    _tell_author(session, offer, REMOVED, reason=reason)


def remind(session: Session, *, offer: Offer, member: Member) -> None:
    """Ask somebody who may decide about a proposal to do so before its last day."""
    key = f"proposal-{offer.id.hex}-{member.id.hex}-{offer.revision}"
    _send(session, member, WAITING, key, link="/manage")


def _tell_author(session: Session, offer: Offer, words: LazyText, **values: str) -> None:
    member = session.get(Member, offer.member_id) if offer.member_id else None
    if member is not None:
        _send(session, member, words, f"offer-{offer.id.hex}-{offer.revision}", **values)


def _send(session: Session, member: Member, words: LazyText, key: str, **values: str) -> None:
    site = runtime.current().settings.site
    filled = {
        "link": site.base_url + values.get("link", ""),
        "contact": site.moderation or site.email or site.base_url,
        "reason": REASONS.get(values.get("reason", ""), ""),
    }
    mail.write(
        session,
        member,
        subject=SUBJECT,
        body=words,
        category="directory.offers",
        key=key,
        values=filled,
    )
