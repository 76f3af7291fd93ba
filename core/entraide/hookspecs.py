"""The hooks, nothing else: what a plugin may implement, in the order in which they fire."""

# The types are named under TYPE_CHECKING so that this file imports no room of the core.
# ruff: noqa: ARG001 - a specification has arguments and no body
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from marshmallow import Schema

    from entraide.event_types import Event
    from entraide.kinds import (
        ApiResource,
        Badge,
        Health,
        Job,
        Kind,
        Link,
        Message,
        Panel,
        Problem,
        RemoteOffer,
        Rule,
    )
    from entraide.labels import Label
    from entraide.policy import Actor

API_VERSION = "1.0"
"""Version of the hook API; plugins declare the range that they were written for."""

PROJECT = "entraide"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

# ---- at start-up -------------------------------------------------------------------------


@hookspec
def register_kinds() -> Iterable[Kind]:
    """Declare types of help."""
    return ()


@hookspec
def register_rules() -> Iterable[Rule]:
    """Say who may do what with your own things: `Rule("toys.lend", relation=is_owner)`.

    A plugin's actions begin with its name; `@permission("toys.lend")` marks a route with one.
    """
    return ()


@hookspec
def register_labels() -> Iterable[Label]:
    """Name in words what you send, note and let programs do.

    `MailCategory("toys.reminders", _("…"))` for mails, `JournalAction("toys.lend", _("…"))` for the
    journal, `Scope("toys:read", _("…"))` for tokens of programs. Names begin with the plugin's.
    """
    return ()


@hookspec
def register_blueprints() -> Iterable[Blueprint]:
    """Add pages, mounted under `/<plugin>/`; each route carries `@permission(...)`."""
    return ()


@hookspec
def register_api() -> Iterable[ApiResource]:
    """Add REST resources under `/api/v1/<plugin>/`."""
    return ()


@hookspec
def register_commands() -> Iterable[click.Command]:
    """Add commands under `entraide <plugin>`."""
    return ()


@hookspec
def register_jobs() -> Iterable[Job]:
    """Add periodic work for the worker."""
    return ()


@hookspec
def register_settings() -> type[Schema] | None:
    """Declare the marshmallow schema of `[plugins.<name>]` in instance.toml."""


@hookspec
def health() -> Iterable[Health]:
    """Say what is wrong, for `entraide status`; what `stops` is asked before each start too."""
    return ()


# ---- for each page -----------------------------------------------------------------------


@hookspec
def navigation_links(member: Actor | None) -> Iterable[Link]:
    """Add entries to the menu.

    The core's stand first, whatever `order` says; yours follow by `order`, and those that do not
    fit lie under "More".
    The entries depend on the member, the database and the day alone: they are kept until one of
    them changes. Visitors without a cookie may also see lists and offers as they were made for the
    one before (`panels` too).
    """
    return ()


@hookspec
def panels(subject: Any, member: Actor | None) -> Iterable[Panel]:
    """Add boxes to the page of an account, offer, organisation or request, or to a page of many.

    `subject` is what the page is about:

    - `Offer`: one of this site's, public or not (then only those who look after it see the page);
    - `Organisation`: one of this site's;
    - `Listing`: an offer or an organisation of another site (`subject.type` tells which);
    - `HelpRequest`: a request, for whom may read it;
    - `Member`: the reader's own account;
    - `"dashboard"`: the page of those who look after offers (`pages.DASHBOARD`);
    - `ManagedOffers`: on the same page, the offers that they look after;
    - `"hub"`: the home of a hub (`pages.HUB`).

    Without a member a box depends on the database and the day alone: such pages are kept.
    """
    return ()


@hookspec
def badges(subjects: Sequence[Any]) -> Iterable[Badge]:
    """Add short marks to the cards of a list: asked once for all rows of a page.

    `subjects` are the `Listing` rows of offers or associations, ours and others' (`own_id` is the
    identifier of ours, else None), or the `HelpRequest` rows of the list of requests. Read what
    you need of all of them in one query. Lists of offers are kept for every reader, so a mark
    depends on the database and the day alone. Two marks of one plugin at most stand on a card.
    """
    return ()


# ---- for each decision -------------------------------------------------------------------


@hookspec
def may(member: Actor | None, action: str, subject: Any) -> bool | None:
    """Permit or refuse one of your own actions, or refuse one to a subject of your kinds.

    A plugin is asked about nothing else, unless its plugin.toml says `decides = ["directory.publish"]`
    and `[plugins] agreed` of the site allows it. Any False refuses; True permits an action that begins with
    the plugin's name (or was agreed), and means nothing for the core's; None means nothing to say.
    """


@hookspec
def problems(subject: Any) -> Iterable[Problem]:
    """Say what speaks against saving an offer, a request or a transition of your kinds.

    About offers of every federated kind when plugin.toml says `decides = ["problems.federated"]`,
    about everything with `["problems"]`, and `[plugins] agreed` of the site allows it.
    """
    return ()


@hookspec
def accept_remote_offer(offer: RemoteOffer, peer: str) -> bool | None:
    """Judge an offer that arrives from another site; any False keeps it hidden."""


# ---- after the commit --------------------------------------------------------------------


@hookspec(firstresult=True)
def deliver(message: Message) -> bool | None:
    """Send a message; True when sent. Built-in e-mail answers last."""


@hookspec
def on_event(event: Event, key: str) -> None:
    """Hear what happened, at least once; `key` is the same at each repetition."""
