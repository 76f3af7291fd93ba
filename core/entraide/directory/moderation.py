"""Who publishes at once, and whose offers the team reads first: the dial of each kind."""

from __future__ import annotations

from sqlalchemy import select

from entraide import database, runtime
from entraide.directory.coordinators import coordinated_ids, coordinates_any
from entraide.directory.models import Offer
from entraide.i18n import Text, catalogue
from entraide.kind_rules import Moderation
from entraide.members.accounts import STAFF
from entraide.policy import Actor

_ = catalogue("entraide")

VETTED = STAFF | {"volunteer"}
"""Roles that only the staff grants: whoever has one of them was looked at before."""

REASONS: dict[str, Text] = {
    "rules": _("It does not fit what this site is for."),
    "contact": _("It holds contact details of a person."),
    "untrue": _("It does not seem to be true."),
    "danger": _("It could put somebody in danger."),
}
"""Why the team takes something down, by the name that the journal keeps."""
USUAL_REASON = "rules"


def dial_of(kind_name: str) -> Moderation:
    """Return which offers of a kind the team reads first; a kind that is gone: every one.

    The settings of the site may ask for more than the kind does, never for less.
    """
    kind = runtime.current().kinds.get(kind_name)
    offers = runtime.current().settings.offers
    names = {kind_name, *(kind.formerly if kind else ())}
    if kind is None or names.intersection(offers.read_always):
        return "always"
    if names.intersection(offers.read_first) and kind.moderation == "never":
        return "first"
    return kind.moderation


def idle_dials() -> list[str]:
    """Return the kinds that `[offers]` names and no plugin that is on declares.

    Nothing of them can be posted meanwhile; declared again they are read as the settings say.
    """
    offers = runtime.current().settings.offers
    kinds = runtime.current().kinds
    names = dict.fromkeys((*offers.read_first, *offers.read_always))
    return [name for name in names if runtime.kind_name(name) not in kinds]


def publishes_at_once(actor: Actor, offer: Offer) -> bool:
    """Return whether the actor's own new offer of this kind needs no decision of the team."""
    dial = dial_of(offer.kind)
    return dial == "never" or (dial == "first" and is_known(actor, offer.kind))


def is_known(actor: Actor, kind_name: str) -> bool:
    """Return whether the team knows somebody: by a role, or by an offer of this kind it approved.

    One offer that the team had to remove, whatever its kind, and they are unknown again.
    """
    if actor.roles & VETTED or coordinates_any(actor):
        return True
    decided = (
        select(Offer.decision)
        .distinct()
        .where(
            Offer.member_id == actor.id,
            (Offer.decision == "removed")
            | ((Offer.decision == "approved") & (Offer.kind == kind_name)),
        )
    )
    decisions = set(database.session().scalars(decided))
    return "approved" in decisions and "removed" not in decisions


def is_removal(actor: Actor, offer: Offer) -> bool:
    """Return whether taking an offer down is an act of moderation: it is no offer of theirs.

    Its author and the coordinators of its organisation need no reason to end it.
    """
    if offer.member_id == actor.id:
        return False
    coordinated = set(database.session().scalars(coordinated_ids(actor.id)))
    return offer.organisation_id not in coordinated


def reason_named(name: str) -> str:
    """Return the name of a reason that exists; any other is the usual one."""
    return name if name in REASONS else USUAL_REASON
