"""Running the site from its pages: which plugins are on; a built-in plugin for administrators."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide.administration.views import blueprint
from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import Link, Rule
from entraide.policy import Actor, allowed

_ = catalogue("entraide")


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Let administrators decide which plugins are on."""
    yield Rule("administration.plugins", role="administrator")


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the pages."""
    yield blueprint


@hookimpl
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add the way in for administrators, after everything else."""
    if allowed(member, "administration.plugins"):
        yield Link(_("Plugins"), "/admin/plugins", icon="other", order=90)
