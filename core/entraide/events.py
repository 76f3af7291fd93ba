"""The public room of events: those of the core, and how a plugin publishes its own.

A plugin's event is a frozen dataclass made from `Event` in one of its modules.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from entraide.errors import PluginError
from entraide.event_types import (
    Event,
    HelpRequestAnswerChanged,
    HelpRequestAnswered,
    HelpRequestClosed,
    HelpRequestMatched,
    HelpRequestOpened,
    ListingChanged,
    MemberJoined,
    MemberReinstated,
    MemberRoleGranted,
    MemberRoleRevoked,
    MemberSuspended,
    OfferAnswerChanged,
    OfferConfirmed,
    OfferDeclined,
    OfferExpired,
    OfferProposed,
    OfferPublished,
    OfferStepped,
    OfferWithdrawn,
    OrganisationAdded,
    member_types,
)
from entraide.hook_calls import current_plugin
from entraide.outbox import record
from entraide.outbox.event_names import owner_of

__all__ = [
    "Event",
    "HelpRequestAnswerChanged",
    "HelpRequestAnswered",
    "HelpRequestClosed",
    "HelpRequestMatched",
    "HelpRequestOpened",
    "ListingChanged",
    "MemberJoined",
    "MemberReinstated",
    "MemberRoleGranted",
    "MemberRoleRevoked",
    "MemberSuspended",
    "OfferAnswerChanged",
    "OfferConfirmed",
    "OfferDeclined",
    "OfferExpired",
    "OfferProposed",
    "OfferPublished",
    "OfferStepped",
    "OfferWithdrawn",
    "OrganisationAdded",
    "publish",
]


def publish(session: Session, event: Event) -> None:
    """Tell every plugin what happened, after the commit of `session`; a rollback tells nobody.

    The event is one of the running plugin's own. PluginError says what is wrong with its class or
    with a value.
    """
    plugin = owner_of(type(event))[0]
    running = current_plugin.get()
    if running not in ("entraide", plugin):
        raise PluginError(
            f"Plugin {running}: {type(event).__name__} is an event of {plugin}. Publish one of your "
            "own."
        )
    for wrong in _mistakes(event):
        raise PluginError(f"Plugin {plugin}: the event {type(event).__name__}: {wrong}")
    record(session, event)


def _mistakes(event: Event) -> list[str]:
    kind = type(event)
    if not is_dataclass(kind) or "__dataclass_params__" not in vars(kind):
        return ["its class lacks @dataclass(frozen=True)."]
    if "." in kind.__qualname__:
        return ["its class stands inside something. Write it at the top of a module."]
    try:
        types = member_types(kind)
    except (TypeError, NameError) as error:
        return [f"{error}."]
    values = {given.name: getattr(event, given.name) for given in fields(event)}
    return [
        f"{name} is {value!r}, not of {types[name].__name__}{zone}."
        for name, value in values.items()
        for zone in _unfit(types[name], value)
    ]


def _unfit(kind: type, value: Any) -> list[str]:
    """Return what is to be added to the sentence that a value does not fit; nothing when it does."""
    if type(value) is not kind and not (kind is str and isinstance(value, str)):
        return [""]
    if isinstance(value, datetime) and value.tzinfo is None:
        return [" with a time zone (entraide.clock.now() has one)"]
    return []
