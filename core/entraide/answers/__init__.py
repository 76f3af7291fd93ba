"""Answers to offers: seats, waiting lists, the two sides' yes and no; a built-in plugin."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide import database
from entraide.answers import ask_first
from entraide.answers.ending import end_overdue, end_with_offer
from entraide.answers.rules import RULES
from entraide.answers.views import blueprint
from entraide.event_types import Event, OfferExpired, OfferWithdrawn
from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import Job, Rule
from entraide.labels import Label, MailCategory

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
        end_with_offer(database.session(), event.identifier)
