"""What happens to requests for gardens: whoever asked gets a mail once both sides agreed."""

from __future__ import annotations

from entraide import Answer, AnswerState, Member, RequestState, database, mail
from entraide.events import HelpRequestMatched
from entraide.pages import request_url


def tell_agreed(event: HelpRequestMatched, key: str) -> None:
    """Write about an answer that still stands to a request that is not over."""
    session = database.session()
    answer = session.get(Answer, event.answer)
    if answer is None or answer.state != AnswerState.AGREED:
        return
    asked = answer.request
    if asked.kind != "garden" or asked.state in RequestState.OVER:
        return
    mail.send(
        session,
        session.get_one(Member, asked.member_id),
        template="gardens/agreed",
        category="gardens.agreed",
        key=key.replace(":", "-"),
        path=request_url(asked.id),
    )
