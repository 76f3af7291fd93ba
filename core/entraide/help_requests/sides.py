"""The request side of the posting steps: what happens when a member sends the last one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from entraide.directory.offers.schemas import OfferInput
from entraide.help_requests.mails import path_of
from entraide.help_requests.service import RequestInput, open_request
from entraide.i18n import catalogue
from entraide.policy import Actor

_ = catalogue("entraide")


class RequestSide:
    """A request for help; seats and organisations belong to offers and are left aside."""

    name = "request"
    action = "help_requests.ask"
    notice = _("Your request is sent. We write to you as soon as somebody answers.")

    def submit(self, session: Session, actor: Actor, draft: OfferInput) -> str:
        """Open the request; return the path of its page. Raises what `open_request` raises."""
        data = RequestInput(
            kind=draft.kind,
            title=draft.title,
            summary=draft.summary,
            territory=draft.territory,
            verify_by=draft.verify_by,
            schedule=draft.schedule,
            payload=draft.payload,
        )
        return path_of(open_request(session, actor=actor, data=data).id)


SIDES = {"request": RequestSide()}
