"""Answers to offers: seats, waiting lists, the two sides' yes and no; a built-in plugin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint
from sqlalchemy import select

from entraide import database
from entraide.answers import ask_first
from entraide.answers.ending import end_overdue, end_with_offer
from entraide.answers.mails import MINE
from entraide.answers.models import OfferAnswer
from entraide.answers.pages import panels_for
from entraide.answers.rules import RULES
from entraide.answers.views import blueprint
from entraide.directory.models import Offer
from entraide.event_types import Event, OfferExpired, OfferWithdrawn
from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import Job, Link, Panel, Rule
from entraide.labels import Label, MailCategory
from entraide.policy import Actor

# It attaches its routes to the blueprint of the views.
__all__ = ["ask_first"]

_ = catalogue("entraide")


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Say who may answer, and who decides."""
    return RULES


@hookimpl
def register_labels() -> Iterable[Label]:
    """Name the mails about answers."""
    yield MailCategory("answers.news", _("you take part in something there"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the pages of answers."""
    yield blueprint


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Pass on seats that were kept and not taken; end what waits when its time has come."""
    yield Job("answers.overdue", end_overdue, period=20)


@hookimpl
def on_event(event: Event) -> None:
    """End what stands of an offer that left the lists."""
    if isinstance(event, OfferWithdrawn | OfferExpired):
        with database.writing() as session:
            end_with_offer(session, event.identifier)


@hookimpl
def panels(subject: Any, member: Actor | None) -> Iterable[Panel]:
    """Show on an offer's page who answered, to whoever offers; to others where theirs stands."""
    if isinstance(subject, Offer) and member is not None:
        yield from panels_for(database.session(), subject, member)


@hookimpl
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add "My answers" for whoever has answered something."""
    if member is None:
        return
    with database.reading() as session:
        mine = select(OfferAnswer.id).where(OfferAnswer.member_id == member.id)
        if session.scalar(mine.limit(1)) is not None:
            yield Link(_("My answers"), MINE, "calendar", 75)
