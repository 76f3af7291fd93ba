"""Who may do what with requests for help and the answers to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from entraide import clock, database, runtime
from entraide.directory.coordinators import coordinates_any, public_organisations
from entraide.directory.models import Organisation
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.kinds import Rule
from entraide.members.accounts import STAFF
from entraide.policy import Actor, allowed

HELPERS = ("volunteer", "moderator", "administrator")
"""Roles that only the staff grants, so whoever has one of them was looked at first; nobody else
sees what families ask for, whatever its kind."""

NOBODY = UUID(int=0)
"""The identifier of no member."""


@dataclass(frozen=True)
class AnyVolunteer:
    """A volunteer who is nobody in particular: the rules are asked what they let any of them do."""

    id: UUID = NOBODY
    roles: frozenset[str] = frozenset({"volunteer"})


def coordinated(session: Session, actor: Actor) -> list[Organisation]:
    """Return the public organisations that the actor coordinates, by name."""
    return public_organisations(session, member_id=actor.id)


def is_seeking(subject: Any) -> bool:
    """Return whether a request stands in the lists of those who may help."""
    return (
        isinstance(subject, HelpRequest)
        and subject.state in RequestState.SEEKING
        and subject.verify_by >= clock.today()
        and subject.kind in runtime.current().kinds
    )


def is_asker(actor: Actor, subject: Any) -> bool:
    """Return whether the actor wrote the request (that the answer belongs to)."""
    request = subject.request if isinstance(subject, Answer) else subject
    return isinstance(request, HelpRequest) and request.member_id == actor.id


def is_answerer(actor: Actor, subject: Any) -> bool:
    """Return whether the actor wrote the answer, or one of the request's that was not taken back."""
    if isinstance(subject, Answer):
        return subject.member_id == actor.id
    answers = subject.answers if isinstance(subject, HelpRequest) else []
    return any(
        answer.member_id == actor.id and answer.state != AnswerState.WITHDRAWN for answer in answers
    )


def is_helper(actor: Actor) -> bool:
    """Return whether somebody may help at all: by a role of the staff's, or as a coordinator."""
    return bool(actor.roles & set(HELPERS)) or coordinates_any(actor)


def volunteers_answer(request: HelpRequest) -> bool:
    """Return whether volunteers may answer a request, or associations alone: plugins decide too."""
    return allowed(AnyVolunteer(), "help_requests.answer", request)


def is_seeking_moderated(_actor: Actor, subject: Any) -> bool:
    """Return whether the request looks for somebody (asked for the staff, which may close it)."""
    return is_seeking(subject)


def is_answerable(actor: Actor, subject: Any) -> bool:
    """Return whether the request looks for somebody, and the actor may be the one.

    Helpers see what they may answer and nothing else, so that one rule decides about both. Whom
    a parent ended a contact with sees nothing of a later search.
    """
    if not is_seeking(subject) or not is_helper(actor) or had_contact(actor, subject):
        return False
    return allowed(actor, "help_requests.answer", subject)


def had_contact(actor: Actor, subject: Any) -> bool:
    """Return whether a contact of the actor with this family was ended."""
    answers = subject.answers if isinstance(subject, HelpRequest) else []
    return any(
        answer.member_id == actor.id and answer.state == AnswerState.ENDED for answer in answers
    )


def oversees(actor: Actor, subject: Any) -> bool:
    """Return whether a contact is under way that somebody else than the parent or the helper has."""
    return (
        isinstance(subject, HelpRequest)
        and subject.state == RequestState.MATCHED
        and not is_asker(actor, subject)
        and not is_answerer(actor, subject)
    )


def oversees_for_organisation(actor: Actor, subject: Any) -> bool:
    """Return whether a contact is under way in the name of an organisation of the actor's."""
    if not oversees(actor, subject):
        return False
    agreed = {
        answer.organisation_id for answer in subject.answers if answer.state == AnswerState.AGREED
    }
    return bool(
        agreed & {organisation.id for organisation in coordinated(database.session(), actor)}
    )


def is_other_helper(actor: Actor, subject: Any) -> bool:
    """Return whether the request is somebody else's (asked for the roles of `HELPERS`)."""
    return isinstance(subject, HelpRequest) and not is_asker(actor, subject)


def is_other_coordinator(actor: Actor, subject: Any) -> bool:
    """Return whether the request is somebody else's and the actor coordinates an organisation."""
    return is_other_helper(actor, subject) and coordinates_any(actor)


RULES = (
    Rule("help_requests.ask"),
    Rule("help_requests.mine"),
    *(Rule("help_requests.list", role) for role in HELPERS),
    Rule("help_requests.list", relation=coordinates_any),
    Rule("help_requests.see", relation=is_asker),
    Rule("help_requests.see", relation=is_answerer),
    *(Rule("help_requests.see", role, is_seeking_moderated) for role in sorted(STAFF)),
    Rule("help_requests.see", relation=is_answerable),
    *(Rule("help_requests.oversee", role, oversees) for role in sorted(STAFF)),
    Rule("help_requests.oversee", relation=oversees_for_organisation),
    *(Rule("help_requests.overview", role) for role in sorted(STAFF)),
    Rule("help_requests.overview", relation=coordinates_any),
    *(Rule("help_requests.answer", role, is_other_helper) for role in HELPERS),
    Rule("help_requests.answer", relation=is_other_coordinator),
    Rule("help_requests.agree", relation=is_asker),
    Rule("help_requests.agree", relation=is_answerer),
    Rule("help_requests.decline", relation=is_asker),
    Rule("help_requests.withdraw", relation=is_answerer),
    Rule("help_requests.finish", relation=is_asker),
    Rule("help_requests.close", relation=is_asker),
    Rule("help_requests.close", "moderator", is_seeking_moderated),
    Rule("help_requests.close", "administrator", is_seeking_moderated),
    Rule("help_requests.reopen", relation=is_asker),
    Rule("help_requests.end_contact", relation=is_asker),
    *(Rule("help_requests.end_contact", role, oversees) for role in sorted(STAFF)),
)
