"""The page that stops an account: everything it offers is taken down, nobody logs in with it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from entraide.directory.models import Offer, Publication
from entraide.directory.moderation import REASONS, USUAL_REASON, reason_named
from entraide.directory.pages.blueprint import blueprint
from entraide.errors import NotFound, Refused
from entraide.i18n import Text, catalogue
from entraide.members.accounts import STAFF
from entraide.members.models import Member
from entraide.members.suspending import suspend
from entraide.pages import (
    Question,
    ask_first,
    done,
    permission,
    require,
    require_member,
    session,
)

_ = catalogue("entraide")

PATH = "/manage/members/<uuid:member_id>/stop"


@blueprint.get(PATH)
@permission("directory.moderate")
def ask_take_down(member_id: UUID) -> str:
    """Ask for the reason before an account is stopped; name what goes down with it."""
    member = _to_stop(member_id)
    standing = select(Offer.title).where(
        Offer.member_id == member.id, Offer.publication.in_(Publication.STANDING)
    )
    titles = list(session().scalars(standing.order_by(Offer.created_at, Offer.id)))
    return ask_first(
        Question(
            _("Stop this account?"),
            member.shown_name,
            _consequences(titles),
            _("Yes, stop this account"),
            "/manage",
            choice=("reason", _("Why?"), list(REASONS.items()), USUAL_REASON),
        )
    )


def _consequences(titles: Sequence[str]) -> list[Text]:
    """Return what stopping an account means; `titles` are those of its standing offers."""
    offers = _("Its offers are taken down: %(titles)s", titles=" · ".join(titles))
    return [
        _("Nobody can log in with this account any more, at once."),
        offers if titles else _("It has no offer online or waiting."),
        _("Its answers and its contacts with families end. The families are told."),
        _("The person gets a message with the way to reach the team."),
        _("Whoever runs the site can open the account again. The offers stay down."),
    ]


@blueprint.post(PATH)
@permission("directory.moderate")
def take_down(member_id: UUID) -> Response:
    """Stop an account and take down everything that it offers."""
    member = _to_stop(member_id)
    suspend(
        session(),
        member=member,
        actor=require_member().id,
        is_take_down=True,
        reason=reason_named(request.form.get("reason", "")),
    )
    return done("/manage", _("The account is stopped. Its offers are taken down."))


def _to_stop(member_id: UUID) -> Member:
    """Return the account; Refused for one's own, and for the staff's unless an administrator."""
    actor = require_member()
    require(actor, "directory.moderate")
    member = session().get(Member, member_id)
    if member is None:
        raise NotFound
    if member.id == actor.id:
        raise Refused(_("You cannot stop your own account here. Ask another administrator."))
    if member.roles & STAFF and "administrator" not in actor.roles:
        raise Refused(_("Only an administrator can stop the account of somebody of the team."))
    return member
