"""Items that members borrow and bring back: the hooks."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from marshmallow import Schema

from entraide import Actor, ApiResource, Job, Link, Member, Panel, Rule, catalogue, hookimpl
from entraide_frozen.api import blueprint as api
from entraide_frozen.jobs import JOBS
from entraide_frozen.panel import of_member
from entraide_frozen.rules import RULES
from entraide_frozen.settings import SettingsSchema
from entraide_frozen.views import blueprint as pages

_ = catalogue(__name__)


@hookimpl
def register_settings() -> type[Schema]:
    """Declare the plugin's table of instance.toml."""
    return SettingsSchema


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Say who may do what."""
    return RULES


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the pages."""
    yield pages


@hookimpl
def register_api() -> Iterable[ApiResource]:
    """Add what programs read."""
    yield ApiResource(api)


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Add the reminder."""
    return JOBS


@hookimpl
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add the list to the menu of members."""
    if member is not None:
        yield Link(_("Frozen"), "/frozen/")


@hookimpl
def panels(subject: object) -> Iterable[Panel]:
    """Show people on their account what they have borrowed."""
    if isinstance(subject, Member):
        yield from of_member(subject)
