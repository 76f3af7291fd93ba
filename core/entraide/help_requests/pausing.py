"""Requests of kinds whose plugin is off: after a long pause their authors are told, once."""

from __future__ import annotations

from sqlalchemy import select

from entraide import clock, database
from entraide.directory.offers.mails import tell_paused
from entraide.help_requests.models import HelpRequest, RequestState
from entraide.members.models import Member
from entraide.plugins.choices import PAUSE, PausedKind


def tell_authors() -> None:
    """Tell the authors of requests that have paused for long, once, that they are not shown."""
    due = PausedKind.requests_ended_at.is_(None), PausedKind.paused_at <= clock.now() - PAUSE
    with database.reading() as session:
        if session.scalar(select(PausedKind.kind).where(*due).limit(1)) is None:
            return
    with database.writing() as session:
        for paused in session.scalars(select(PausedKind).where(*due).with_for_update()).all():
            seeking = HelpRequest.kind == paused.kind, HelpRequest.state.in_(RequestState.SEEKING)
            authors = select(HelpRequest.member_id).where(*seeking)
            for member in session.scalars(select(Member).where(Member.id.in_(authors))):
                tell_paused(session, member, paused.paused_at, "/requests/mine")
            paused.requests_ended_at = clock.now()
