"""Toys that families lend each other: a plugin with a table and pages, from public names alone."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide import Actor, Link, Rule, catalogue, hookimpl
from entraide_toys.rules import RULES
from entraide_toys.views import blueprint

_ = catalogue(__name__)


@hookimpl
def register_rules() -> Iterable[Rule]:
    """Say who sees, adds and removes toys."""
    return RULES


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the pages under `/toys/`."""
    yield blueprint


@hookimpl
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add "Toys" to the menu of members."""
    if member is not None:
        yield Link(_("Toys"), "/toys/")
