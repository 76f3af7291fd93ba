"""Signed public offers travelling between independently hosted sites (EFP/1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from flask import Blueprint
from marshmallow import Schema

from entraide import (
    Health,
    Job,
    JournalAction,
    Listing,
    ManagedOffers,
    Member,
    Offer,
    Panel,
    Problem,
    catalogue,
    database,
    events,
    hookimpl,
    ids,
    runtime,
)
from entraide.pages import HUB
from entraide_federation import commands, reading, settings
from entraide_federation.pages import care, proof_box, unpublished_box
from entraide_federation.pages import sites_box as boxes
from entraide_federation.publishing import marks, publisher, renewal, sweeping
from entraide_federation.serving import views

DAY = 24 * 3600
_ = catalogue(__name__)


@hookimpl
def register_settings() -> type[Schema]:
    """Declare the table [federation]."""
    return settings.FederationSchema


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the protocol's endpoints under their fixed paths."""
    yield views.blueprint


@hookimpl
def register_commands() -> Iterable[click.Command]:
    """Add the commands under `entraide federation`."""
    return commands.COMMANDS


@hookimpl
def register_labels() -> Iterable[JournalAction]:
    """Name what the journal notes of other sites."""
    yield JournalAction("federation.suspend", _("A partner site was suspended."))
    yield JournalAction("federation.unsuspend", _("A partner site takes part again."))
    yield JournalAction("federation.hide", _("An offer of a partner site was hidden."))
    yield JournalAction("federation.unhide", _("An offer of a partner site is shown again."))


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Publish and pull each second; sweep and remind at start and once a day."""
    yield Job("federation.publish", publisher.publish, period=1, idle_period=30)
    # A site that polls at most every 30 seconds need not look each second whom to ask.
    pause = settings.limits().min_poll_seconds / 3
    yield Job("federation.pull", reading.pull_due, period=1, idle_period=pause)
    yield Job("federation.sweep", sweeping.sweep, period=DAY, time_limit=600)
    yield Job("federation.remind", renewal.remind, period=DAY)


@hookimpl
def health() -> Iterable[Health]:
    """Say what is wrong with what this site publishes, and with its address and keys."""
    return care.examine()


@hookimpl
def on_event(event: events.Event) -> None:
    """Mark what changed here for the publisher."""
    if isinstance(event, events.ListingChanged):
        marks.mark(database.session(), {event.identifier: event.kind_of_row})


@hookimpl
def problems(subject: Any) -> Iterable[Problem]:
    """Refuse a new offer that would be online here and that no other site could take."""
    return unpublished_box.problems_of(subject) if isinstance(subject, Offer) else ()


@hookimpl
def panels(subject: Any) -> Iterable[Panel]:
    """Show on the hub's home which sites take part, with an offer who signed it.

    An administrator reads on their account what is wrong, a team beside its offers which of them
    cannot leave this site.
    """
    if subject == HUB:
        yield boxes.sites_panel()
    elif isinstance(subject, Member):
        if "administrator" in subject.roles and (box := boxes.care_panel()):
            yield box
    elif isinstance(subject, ManagedOffers):
        yield from unpublished_box.unpublished_panel(subject)
    elif (address := _address_of_offer(subject)) and (proof := proof_box.proof_panel(address)):
        yield proof


def _address_of_offer(subject: Any) -> str:
    """Return the public address of an offer, ours or another site's; empty for anything else."""
    if isinstance(subject, Offer):
        return ids.public_id(runtime.current().settings.site.base_url, subject.id)
    return subject.uid if isinstance(subject, Listing) and subject.type == "offer" else ""
