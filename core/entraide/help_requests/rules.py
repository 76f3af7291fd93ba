"""Who may do what with requests for help and the answers to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from entraide import clock, database, runtime
from entraide.database.sessions import current_session
from entraide.directory.coordinating import public_organisations
from entraide.directory.models import Organisation
from entraide.help_requests.models import Answer, HelpRequest
from entraide.policy import Actor, Rule

HELPERS = ("volunteer", "moderator", "administrator")
"""Roles that only the staff grants, so whoever has one of them was looked at first; nobody else
sees what families ask for, whatever its kind."""

SEEKING = ("open", "answered")
"""States in which a request still looks for somebody."""


def coordinated(session: Session, actor: Actor) -> list[Organisation]:
    """Return the public organisations that the actor coordinates, by name."""
    return public_organisations(session, member_id=actor.id)


def is_coordinator(actor: Actor, _subject: Any = None) -> bool:
    """Tell whether the actor coordinates any organisation of this site."""
    current = current_session()
    if current is None:
        # A page that reads nothing else shows the menu too.
        with database.reading() as current:
            return bool(coordinated(current, actor))
    # A list asks once per row; the answer cannot change while one page is made.
    known: dict[Any, bool] = current.info.setdefault("help_requests.coordinators", {})
    if actor.id not in known:
        known[actor.id] = bool(coordinated(current, actor))
    return known[actor.id]


def is_seeking(subject: Any) -> bool:
    """Tell whether a request stands in the lists of those who may help."""
    return (
        isinstance(subject, HelpRequest)
        and subject.state in SEEKING
        and subject.verify_by >= clock.today()
        and subject.kind in runtime.current().kinds
    )


def is_asker(actor: Actor, subject: Any) -> bool:
    """Tell whether the actor wrote the request (that the answer belongs to)."""
    request = subject.request if isinstance(subject, Answer) else subject
    return isinstance(request, HelpRequest) and request.member_id == actor.id


def is_answerer(actor: Actor, subject: Any) -> bool:
    """Tell whether the actor wrote the answer, or one of the request's that was not taken back."""
    if isinstance(subject, Answer):
        return subject.member_id == actor.id
    answers = subject.answers if isinstance(subject, HelpRequest) else []
    return any(one.member_id == actor.id and one.state != "withdrawn" for one in answers)


def is_seeking_helper(_actor: Actor, subject: Any) -> bool:
    """Tell whether the request looks for somebody (asked for the roles of `HELPERS`)."""
    return is_seeking(subject)


def is_seeking_coordinator(actor: Actor, subject: Any) -> bool:
    """Tell whether the request looks for somebody and the actor coordinates an organisation."""
    return is_seeking(subject) and is_coordinator(actor)


def is_other_helper(actor: Actor, subject: Any) -> bool:
    """Tell whether the request is somebody else's (asked for the roles of `HELPERS`)."""
    return isinstance(subject, HelpRequest) and not is_asker(actor, subject)


def is_other_coordinator(actor: Actor, subject: Any) -> bool:
    """Tell whether the request is somebody else's and the actor coordinates an organisation."""
    return is_other_helper(actor, subject) and is_coordinator(actor)


RELATIONS = {
    "help_requests.coordinator": is_coordinator,
    "help_requests.asker": is_asker,
    "help_requests.answerer": is_answerer,
    "help_requests.seeking": is_seeking_helper,
    "help_requests.seeking_coordinator": is_seeking_coordinator,
    "help_requests.other": is_other_helper,
    "help_requests.other_coordinator": is_other_coordinator,
}
RULES = (
    Rule("help_requests.ask"),
    Rule("help_requests.mine"),
    *(Rule("help_requests.list", role) for role in HELPERS),
    Rule("help_requests.list", relation="help_requests.coordinator"),
    Rule("help_requests.see", relation="help_requests.asker"),
    Rule("help_requests.see", relation="help_requests.answerer"),
    *(Rule("help_requests.see", role, "help_requests.seeking") for role in HELPERS),
    Rule("help_requests.see", relation="help_requests.seeking_coordinator"),
    *(Rule("help_requests.answer", role, "help_requests.other") for role in HELPERS),
    Rule("help_requests.answer", relation="help_requests.other_coordinator"),
    Rule("help_requests.agree", relation="help_requests.asker"),
    Rule("help_requests.agree", relation="help_requests.answerer"),
    Rule("help_requests.decline", relation="help_requests.asker"),
    Rule("help_requests.withdraw", relation="help_requests.answerer"),
    Rule("help_requests.finish", relation="help_requests.asker"),
    Rule("help_requests.close", relation="help_requests.asker"),
    Rule("help_requests.close", "moderator", "help_requests.seeking"),
    Rule("help_requests.close", "administrator", "help_requests.seeking"),
    Rule("help_requests.reopen", relation="help_requests.asker"),
)
