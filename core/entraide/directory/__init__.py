"""What exists: organisations, territories, offers and the places they serve."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide.directory import jobs
from entraide.directory.api.views import blueprint as api_blueprint
from entraide.directory.pages import (
    ask_first,
    find,
    manage,
    offer,
    organisations,
    stop_account,
)
from entraide.directory.pages.blueprint import blueprint
from entraide.directory.pages.manage import manages_anything
from entraide.directory.rules import RULES
from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import ApiResource, Job, Link, Rule
from entraide.labels import Label, MailCategory, Scope
from entraide.policy import Actor

# Each of these attaches its routes to the one blueprint of the pages.
__all__ = ["ask_first", "find", "manage", "offer", "organisations", "stop_account"]

_ = catalogue("entraide")


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Say who may do what with offers and organisations."""
    return RULES


@hookimpl
def register_labels() -> Iterable[Label]:
    """Name the mails about offers, and what a token may do with them."""
    yield MailCategory("directory.offers", _("you wrote this offer or look after it"))
    yield Scope("offers:write", _("publish offers and take them down"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the pages: find, offers, organisations, management."""
    yield blueprint


@hookimpl
def register_api() -> Iterable[ApiResource]:
    """Add offers, organisations and kinds under `/api/v1`."""
    yield ApiResource(api_blueprint)


@hookimpl
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add the ways in: find, associations; and managing for those who do."""
    yield Link(_("Find help"), "/find", icon="search", order=10)
    yield Link(_("Associations"), "/organisations", icon="association", order=20)
    if manages_anything(member):
        yield Link(_("Look after offers"), "/manage", icon="check", order=60)


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Expire offers, remind of proposals, follow the listing with the search index, forget old request keys."""
    yield Job("directory.expire", jobs.expire, period=60)
    yield Job("directory.remind", jobs.remind, period=600)
    yield Job("directory.index", jobs.follow_listing, period=0.5, is_local=True, idle_period=10)
    yield Job("directory.forget_keys", jobs.forget_request_keys, period=3600)
    yield Job("directory.forget_removals", jobs.forget_removals, period=3600)
