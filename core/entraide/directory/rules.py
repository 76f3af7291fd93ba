"""Who may do what with offers and organisations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from entraide import database
from entraide.directory.models import Offer, OrganisationMember
from entraide.policy import Actor, Rule


def coordinates(actor: Actor, subject: Any) -> bool:
    """Tell whether the actor coordinates the organisation (of the offer)."""
    organisation_id = subject.organisation_id if isinstance(subject, Offer) else (
        getattr(subject, "id", None)
    )  # fmt: skip
    if organisation_id is None:
        return False
    wanted = select(OrganisationMember.role).where(
        OrganisationMember.organisation_id == organisation_id,
        OrganisationMember.member_id == actor.id,
        OrganisationMember.role == "coordinator",
    )
    return database.session().scalar(wanted) is not None


def is_author(actor: Actor, subject: Any) -> bool:
    """Tell whether the actor wrote the offer."""
    return getattr(subject, "member_id", None) == actor.id


def is_own_without_organisation(actor: Actor, subject: Any) -> bool:
    """Tell whether the offer is the actor's own and speaks for no organisation."""
    return isinstance(subject, Offer) and subject.organisation_id is None and (
        subject.member_id == actor.id
    )  # fmt: skip


RELATIONS = {
    "coordinator": coordinates,
    "author": is_author,
    "own_offer_without_organisation": is_own_without_organisation,
}
RULES = (
    Rule("directory.propose"),
    Rule("directory.publish", relation="coordinator"),
    Rule("directory.publish", role="administrator"),
    Rule("directory.publish", relation="own_offer_without_organisation"),
    Rule("directory.withdraw", relation="coordinator"),
    Rule("directory.withdraw", role="administrator"),
    Rule("directory.withdraw", relation="author"),
    Rule("directory.transition", relation="coordinator"),
    Rule("directory.transition", relation="author"),
    Rule("directory.transition", role="administrator"),
    Rule("directory.review", relation="coordinator"),
    Rule("directory.review", role="administrator"),
    Rule("directory.manage", relation="coordinator"),
    Rule("directory.manage", role="administrator"),
    Rule("directory.see", relation="coordinator"),
    Rule("directory.see", relation="author"),
    Rule("directory.see", role="administrator"),
    Rule("directory.read_details", relation="coordinator"),
    Rule("directory.read_details", role="administrator"),
)
