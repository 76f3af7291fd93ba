"""Telling the other side that something happened: a mail that says nothing but where to look."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import mail, runtime
from entraide.help_requests.models import Step
from entraide.i18n import catalogue
from entraide.members.models import Member

_ = catalogue("entraide")

ANSWERED = _("a reply waits for you")
NEWS = _("there is something new for you")
BODY = _(
    "Hello,\n\nthere is something new for you here: %(link)s\n\n"
    "Log in to read it. We write nothing about it in this mail, so that it stays between us.\n"
)


def path_of(request_id: UUID) -> str:
    """Return the path of a request's page."""
    return f"/requests/{request_id}"


def tell(session: Session, *, step: Step, members: Iterable[UUID]) -> None:
    """Send each of `members` the neutral mail, in their language, except whoever took the step.

    Nor is anybody told who could not log in to read it.
    """
    receivers = {identifier for identifier in members if identifier != step.member_id}
    if not receivers:
        return
    link = runtime.current().settings.site.base_url + path_of(step.request_id)
    query = select(Member).where(Member.id.in_(receivers), Member.suspended_at.is_(None))
    for member in session.scalars(query):
        mail.write(
            session,
            member,
            subject=ANSWERED if step.step == "answer" else NEWS,
            body=BODY,
            category="help_requests.news",
            key=f"request-{step.id.hex}-{member.id.hex}",
            values={"link": link},
        )
