"""The page that rings the bell of another member."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint
from werkzeug.wrappers import Response

from entraide import Member, catalogue, clock, events, mail, permission, record_action
from entraide.pages import done, require_member, session
from entraide_bells.happenings import BellRung

_ = catalogue(__package__)
blueprint = Blueprint("bells", __name__)


@blueprint.post("/<uuid:member_id>")
@permission("bells.ring")
def ring(member_id: UUID) -> Response:
    """Ring, note it, tell everybody and write to whose bell it is."""
    member = session().get_one(Member, member_id)
    record_action(
        session(),
        actor=require_member().id,
        action="bells.ring",
        subject=member_id,
        person=member_id,
    )
    events.publish(session(), BellRung(member_id, 2, clock.now(), clock.today()))
    mail.send(session(), member, template="bells/rung", category="bells.rung", key="page", times=2)
    return done("/account", _("You rang."))
