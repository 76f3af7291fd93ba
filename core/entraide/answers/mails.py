"""Telling the other side what happened to an answer: mails that say nothing but where to look."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import i18n, mail, runtime
from entraide.answers import one_click
from entraide.answers.models import AnswerStep, OfferAnswer, OfferAnswerState
from entraide.answers.rules import offerer_ids
from entraide.directory.models import Offer
from entraide.i18n import Text, catalogue
from entraide.members.accounts import STAFF
from entraide.members.models import Member, MemberRole

_ = catalogue("entraide")

BODY = _(
    "Hello,\n\nthere is something new for you here: %(link)s\n\n"
    "Log in to read it. We write nothing about it in this mail, so that it stays between us.\n"
)
NEWS = (_("there is something new for you"), BODY)
ANSWERED = (_("a reply waits for you"), BODY)
HELD = (
    _("a place is free for you"),
    _(
        "Hello,\n\na place is free for you until %(until)s. After that it goes to the next person.\n\n"
        "Say yes or no here, without logging in: %(link)s\n"
    ),
)
MINE = "/answers"
"""Where everyone finds their own answers."""


def people_path(offer_id: UUID) -> str:
    """Return the path of the page on which who offers finds the answers."""
    return f"/answers/offers/{offer_id}/people"


def offer_path(offer_id: UUID) -> str:
    """Return the path of the page on which people answer an offer."""
    return f"/answers/offers/{offer_id}"


def tell_answerer(session: Session, answer: OfferAnswer, step: AnswerStep) -> None:
    """Tell whoever answered of a step that they did not take themselves."""
    if step.member_id == answer.member_id:
        return
    member = session.get_one(Member, answer.member_id)
    if answer.state == OfferAnswerState.OFFERED and answer.offered_until is not None:
        with i18n.speaking(member.language):
            until = i18n.datetime_in(answer.offered_until)
        _write(session, member, step, HELD, path=one_click.path_of(answer), until=until)
    else:
        _write(session, member, step, NEWS, path=MINE)


def tell_offerers(session: Session, offer: Offer, step: AnswerStep) -> None:
    """Tell those who offer of a step that another one took."""
    words = ANSWERED if step.target == OfferAnswerState.SENT else NEWS
    for member in offerers(session, offer):
        if member.id != step.member_id:
            _write(session, member, step, words, path=people_path(offer.id))


def offerers(session: Session, offer: Offer) -> list[Member]:
    """Return who decides about answers: the coordinators or the author, without any the staff."""
    own = Member.id.in_(offerer_ids(offer))
    staff = Member.id.in_(select(MemberRole.member_id).where(MemberRole.role.in_(STAFF)))
    for group in (own, staff):
        members = select(Member).where(group, Member.suspended_at.is_(None)).order_by(Member.id)
        if people := list(session.scalars(members)):
            return people
    return []


def _write(
    session: Session, member: Member, step: AnswerStep, words: tuple[Text, Text], **values: str
) -> None:
    """Write one mail; `words` are its subject and its body, `path` where it leads."""
    subject, body = words
    values["link"] = runtime.current().settings.site.base_url + values.pop("path")
    mail.write(
        session,
        member,
        subject=subject,
        body=body,
        category="answers.news",
        key=f"answer-{step.id.hex}-{member.id.hex}",
        values=values,
    )
