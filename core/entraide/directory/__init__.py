"""What exists: organisations, territories, offers and the places they serve."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from entraide.hookspecs import hookimpl
from entraide.i18n import catalogue
from entraide.kinds import ApiResource, Job, Link
from entraide.policy import Actor

_ = catalogue("entraide")


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    """Add the pages: find, offers, organisations, management."""
    # Each of these modules attaches its routes to the one blueprint.
    from entraide.directory import (  # noqa: F401, PLC0415 - views import the web
        confirming,
        find_views,
        management_views,
        organisation_views,
        taking_down,
        views,
    )
    from entraide.directory.blueprint import blueprint  # noqa: PLC0415 - idem

    yield blueprint


@hookimpl
def register_api() -> Iterable[ApiResource]:
    """Add offers, organisations and kinds under `/api/v1`."""
    from entraide.directory.api import blueprint  # noqa: PLC0415 - idem

    yield ApiResource(blueprint)


@hookimpl
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add the ways in: find, associations; and managing for those who do."""
    from entraide.directory.management_views import manages_anything  # noqa: PLC0415 - idem

    yield Link(_("Find help"), "/find", icon="search", order=10)
    yield Link(_("Associations"), "/organisations", icon="association", order=20)
    if manages_anything(member):
        yield Link(_("Look after offers"), "/manage", icon="check", order=60)


@hookimpl
def register_jobs() -> Iterable[Job]:
    """Expire offers, remind of proposals, follow the listing with the search index, forget old request keys."""
    from entraide.directory import jobs  # noqa: PLC0415 - idem

    yield Job("directory.expire", jobs.expire, period=60)
    yield Job("directory.remind", jobs.remind, period=600)
    yield Job("directory.index", jobs.follow_listing, period=0.5, is_local=True, idle_period=10)
    yield Job("directory.forget_keys", jobs.forget_request_keys, period=3600)
    yield Job("directory.forget_removals", jobs.forget_removals, period=3600)
