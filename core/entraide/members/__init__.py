"""Who takes part: accounts, roles, sessions, API tokens; a built-in plugin."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import Job, Rule
from entraide.labels import Label, MailCategory
from entraide.members import commands, journal, leaving, naming, views
from entraide.members.rules import RULES
from entraide.members.service import forget_ended

# It attaches its routes to the blueprint of the views.
__all__ = ["naming"]

_ = catalogue("entraide")


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Say who may do what with accounts."""
    return RULES


@hookimpl
def register_labels() -> Iterable[Label]:
    """Name the mails about accounts, and what the journal tells members of."""
    yield MailCategory("members.account", _("it concerns your account"))
    yield from journal.TOLD


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add login, logout, leaving quickly, the account page and the name."""
    yield from (views.blueprint, leaving.blueprint)


@hookimpl
def register_commands() -> Iterable[click.Command]:
    """Add the commands of `entraide members`."""
    yield from (
        commands.add,
        commands.link,
        commands.revoke_role,
        commands.suspend,
        commands.reinstate,
    )


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Forget used login links, ended sessions and old drafts once an hour."""
    yield Job("members.forget_ended", lambda _run: forget_ended(), period=3600)
