"""Bells that neighbours ring: a plugin that writes mails, notes, events and answers programs."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from sqlalchemy import select

from entraide import (
    ApiResource,
    Job,
    JobRun,
    JournalAction,
    MailCategory,
    Member,
    Rule,
    Scope,
    catalogue,
    database,
    events,
    hookimpl,
    mail,
)
from entraide_bells import api, views
from entraide_bells.happenings import BellRung

_ = catalogue(__name__)


@hookimpl
def register_labels() -> Iterable[MailCategory | JournalAction | Scope]:
    """Name the mails, the ringing and what a token may do."""
    yield MailCategory("bells.rung", _("somebody rang your bell"))
    yield JournalAction("bells.ring", _("Somebody rang your bell."))
    yield Scope("bells:read", _("read how often bells were rung"))


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Let members ring."""
    yield Rule("bells.ring")


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the page that rings."""
    yield views.blueprint


@hookimpl
def register_api() -> Iterable[ApiResource]:
    """Add the resource that counts."""
    yield ApiResource(api.blueprint)


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Remind everybody of their bell."""
    yield Job("bells.remind", remind, period=60)


def remind(_run: JobRun) -> None:
    """Write to each member once."""
    with database.writing() as session:
        for member in session.scalars(select(Member)):
            mail.send(
                session,
                member,
                template="bells/rung",
                category="bells.rung",
                key="reminder",
                times=1,
            )


@hookimpl
def on_event(event: events.Event, key: str) -> None:
    """Write to whose bell was rung."""
    if isinstance(event, BellRung):
        session = database.session()
        mail.send(
            session,
            session.get_one(Member, event.identifier),
            template="bells/rung",
            category="bells.rung",
            key=key.replace(":", "-"),
            times=event.times,
        )
