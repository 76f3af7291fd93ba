"""Posting an offer or a request in five steps, kept as a draft, without JavaScript; a built-in plugin."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import Link
from entraide.posting import unsent, views
from entraide.posting.blueprint import blueprint

# Both attach their routes to the one blueprint.
__all__ = ["unsent", "views"]

_ = catalogue("entraide")


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the five steps, and the list of drafts."""
    yield blueprint


@hookimpl
def navigation_links() -> Iterable[Link]:
    """Add the way in for whoever wants to help."""
    yield Link(_("Offer help"), "/post/offer", icon="offer", order=30)
