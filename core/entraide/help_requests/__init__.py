"""What is asked: requests, answers, matches; a built-in plugin."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide.help_requests import ask_first
from entraide.help_requests.rules import RULES
from entraide.help_requests.service import expire_requests
from entraide.help_requests.views import blueprint
from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import Job, JobRun, Link, Rule
from entraide.labels import Label, MailCategory
from entraide.policy import Actor, allowed

# It attaches its routes to the blueprint of the views.
__all__ = ["ask_first"]

_ = catalogue("entraide")


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Say who may do what with requests and answers."""
    return RULES


@hookimpl
def register_labels() -> Iterable[Label]:
    """Name the mails about requests."""
    yield MailCategory("help_requests.news", _("you take part in something there"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the pages of requests."""
    yield blueprint


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Close requests whose last day has passed, once a minute."""

    def expire(_run: JobRun) -> None:
        expire_requests()

    yield Job("help_requests.expire", expire, period=60)


@hookimpl
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add "Requests" for those who may help, and "My requests" for every member.

    The menu has five entries: who helps and has more finds their own requests from the others.
    """
    if member is None:
        return
    is_helper = allowed(member, "help_requests.list")
    if is_helper:
        yield Link(_("Requests"), "/requests", "help", 40)
    yield Link(_("My requests"), "/requests/mine", "hand", 70 if is_helper else 40)
