"""How far a request has come, as the steps that people read: sent, answered, agreed, done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide.help_requests.models import AnswerState, HelpRequest, RequestState, Step
from entraide.help_requests.words import STATES, answer_of, next_step
from entraide.i18n import Text, catalogue
from entraide.policy import Actor

_ = catalogue("entraide")

BEGINNINGS = ("open", "reopen", "give_back")
ASKER = (
    ("open", _("Sent")),
    ("answer", _("Answer received")),
    ("match", _("Agreed")),
    ("done", _("Done")),
)
HELPER = (("answer", _("Your answer is sent")), ("match", _("Agreed")), ("done", _("Done")))


def timeline(session: Session, request: HelpRequest, reader: Actor) -> list[dict[str, Any]]:
    """Return the steps since the request was last opened; [] for those who have no part in it."""
    mine = answer_of(request, reader.id)
    is_asker = request.member_id == reader.id
    if not is_asker and (mine is None or mine.state not in AnswerState.IN_FORCE):
        return []
    reached = _reached(session, request)
    if mine is not None:
        reached["answer"] = mine.created_at
    shown = _shown(request, reached, ASKER if is_asker else HELPER)
    done = [name in reached for name, _label in shown]
    last = max((number for number, is_done in enumerate(done) if is_done), default=0)
    return [
        {
            "label": str(label),
            "at": reached.get(name),
            "note": next_step(request, reader.id) if number == last else "",
            "is_done": done[number],
            "is_current": number == last,
        }
        for number, (name, label) in enumerate(shown)
    ]


def _reached(session: Session, request: HelpRequest) -> dict[str, datetime]:
    steps = session.scalars(
        select(Step).where(Step.request_id == request.id).order_by(Step.happened_at, Step.id)
    )
    reached: dict[str, datetime] = {}
    for step in steps:
        if step.step in BEGINNINGS:
            reached = {"open": step.happened_at}
        elif step.target == RequestState.OPEN:
            reached.pop("answer", None)
        else:
            reached.setdefault(step.step, step.happened_at)
    return reached


def _shown(
    request: HelpRequest, reached: dict[str, datetime], steps: tuple[tuple[str, Text], ...]
) -> list[tuple[str, Text]]:
    if request.state not in RequestState.STOPPED:
        return list(steps)
    # What was not reached will not come: the end takes its place.
    end = "close" if request.state == RequestState.CLOSED else "expire"
    return [*(step for step in steps if step[0] in reached), (end, STATES[request.state][0])]
