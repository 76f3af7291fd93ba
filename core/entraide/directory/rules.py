"""Who may do what with offers and organisations."""

from __future__ import annotations

from typing import Any

from entraide import database
from entraide.directory.coordinators import coordinated_ids, coordinates_any, is_coordinator
from entraide.directory.models import Offer, Publication
from entraide.directory.moderation import dial_of, publishes_at_once
from entraide.kinds import Rule
from entraide.members.accounts import STAFF
from entraide.policy import Actor


def coordinates(actor: Actor, subject: Any) -> bool:
    """Return whether the actor coordinates the organisation (of the offer)."""
    is_offer = isinstance(subject, Offer)
    return is_coordinator(
        actor, subject.organisation_id if is_offer else getattr(subject, "id", None)
    )


def is_author(actor: Actor, subject: Any) -> bool:
    """Return whether the actor wrote the offer."""
    return getattr(subject, "member_id", None) == actor.id


def is_own_without_organisation(actor: Actor, subject: Any) -> bool:
    """Return whether the offer is the actor's own and speaks for no organisation."""
    return (
        isinstance(subject, Offer)
        and subject.organisation_id is None
        and (subject.member_id == actor.id)
    )


def coordinates_something(actor: Actor, _subject: Any = None) -> bool:
    """Return whether the actor coordinates any organisation, public or not."""
    return database.session().scalar(coordinated_ids(actor.id).limit(1)) is not None


def publishes_for_organisation(actor: Actor, subject: Any) -> bool:
    """Return whether the actor coordinates the offer's organisation and may decide about it.

    Where the team reads every offer, nobody decides about their own.
    """
    is_other = not is_author(actor, subject) or dial_of(subject.kind) != "always"
    return isinstance(subject, Offer) and is_other and coordinates(actor, subject)


def publishes_own(actor: Actor, subject: Any) -> bool:
    """Return whether the offer is the actor's own new one and the team need not read it first."""
    is_new = isinstance(subject, Offer) and subject.publication == Publication.DRAFT
    return (
        is_new
        and is_own_without_organisation(actor, subject)
        and (publishes_at_once(actor, subject))
    )


def is_proposal_of_other(actor: Actor, subject: Any) -> bool:
    """Return whether the offer waits for a decision, and somebody else wrote it."""
    is_proposal = isinstance(subject, Offer) and subject.publication == Publication.PENDING
    return is_proposal and not is_author(actor, subject)


def judges_members(actor: Actor, subject: Any) -> bool:
    """Return whether a coordinator may judge this proposal: it speaks for no organisation."""
    is_proposal = is_proposal_of_other(actor, subject)
    return is_proposal and subject.organisation_id is None and coordinates_any(actor)


RULES = (
    Rule("members.short_session", relation=coordinates_something),
    Rule("directory.propose"),
    Rule("directory.publish", role="administrator"),
    Rule("directory.publish", "moderator", is_proposal_of_other),
    Rule("directory.publish", relation=publishes_for_organisation),
    Rule("directory.publish", relation=publishes_own),
    Rule("directory.publish", relation=judges_members),
    *(Rule("directory.withdraw", role) for role in sorted(STAFF)),
    Rule("directory.withdraw", relation=coordinates),
    Rule("directory.withdraw", relation=is_author),
    Rule("directory.confirm", relation=coordinates),
    Rule("directory.confirm", role="administrator"),
    Rule("directory.confirm", relation=is_author),
    Rule("directory.transition", relation=coordinates),
    Rule("directory.transition", relation=is_author),
    Rule("directory.transition", role="administrator"),
    Rule("directory.review", relation=coordinates),
    Rule("directory.review", relation=judges_members),
    *(Rule("directory.review", role) for role in sorted(STAFF)),
    Rule("directory.manage", relation=coordinates),
    Rule("directory.manage", role="administrator"),
    Rule("directory.see", relation=coordinates),
    Rule("directory.see", relation=is_author),
    Rule("directory.see", relation=judges_members),
    *(Rule("directory.see", role) for role in sorted(STAFF)),
    Rule("directory.read_details", relation=coordinates),
    Rule("directory.read_details", relation=judges_members),
    *(Rule("directory.read_details", role) for role in sorted(STAFF)),
    *(Rule("directory.moderate", role) for role in sorted(STAFF)),
)
