"""What happened: frozen records in the past tense, told to plugins after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, get_type_hints
from uuid import UUID

TYPES = (UUID, str, int, datetime, date)
"""What a member of an event may be: it becomes text in the outbox, and itself again afterwards."""


@dataclass(frozen=True)
class Event:
    """Base of every event; `identifier` is the row that it is about.

    Its members are of the `TYPES`; a time has its zone. `is_retried_for_ever`: a delivery that
    keeps failing never becomes a dead letter.
    """

    is_retried_for_ever: ClassVar[bool] = False

    identifier: UUID

    def as_json(self) -> dict[str, str]:
        """Return the event's members as strings, as the outbox keeps them."""
        return {given.name: _as_text(getattr(self, given.name)) for given in fields(self)}


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True)
class ListingChanged(Event):
    """A public row of this site appeared, changed or left, or what it says of a kind of help.

    `kind_of_row` is `offer`, `organisation` or `kind`.
    """

    is_retried_for_ever: ClassVar[bool] = True

    kind_of_row: str


@dataclass(frozen=True)
class OfferPublished(Event):
    """An offer became public."""


@dataclass(frozen=True)
class OfferProposed(Event):
    """A member proposed an offer; a coordinator has to look at it."""


@dataclass(frozen=True)
class OfferWithdrawn(Event):
    """An offer left the public lists."""


@dataclass(frozen=True)
class OfferAnswerChanged(Event):
    """Somebody answered an offer, or one side changed it; `answer` is the row, `state` its state."""

    answer: UUID
    state: str


@dataclass(frozen=True)
class OfferDeclined(Event):
    """The team or the association said no to a proposal (`OfferWithdrawn` is told too)."""


@dataclass(frozen=True)
class OfferStepped(Event):
    """An offer took a step of its workflow; `state` is its state now.

    `OfferWithdrawn` is told too when that state is an end.
    """

    step: str
    state: str


@dataclass(frozen=True)
class OfferConfirmed(Event):
    """Somebody said that an offer is still true; `verify_by` is its last day now."""

    verify_by: date


@dataclass(frozen=True)
class OfferExpired(Event):
    """The last day of an offer, public or proposed, has passed."""


@dataclass(frozen=True)
class OrganisationAdded(Event):
    """An association is on this site."""


@dataclass(frozen=True)
class HelpRequestOpened(Event):
    """A member asked for help."""


@dataclass(frozen=True)
class HelpRequestAnswered(Event):
    """Someone answered a request; `answer` is the row of the answer."""

    answer: UUID


@dataclass(frozen=True)
class HelpRequestAnswerChanged(Event):
    """One side agreed to an answer, or it was declined or withdrawn; `state` is its state now."""

    answer: UUID
    state: str


@dataclass(frozen=True)
class HelpRequestMatched(Event):
    """Both sides agreed; `answer` is the row of the answer."""

    answer: UUID


@dataclass(frozen=True)
class HelpRequestClosed(Event):
    """A request ended; `reason` is done, closed or expired."""

    reason: str


@dataclass(frozen=True)
class MemberJoined(Event):
    """A person opened an account."""


@dataclass(frozen=True)
class MemberSuspended(Event):
    """An account was stopped: nobody logs in with it."""


@dataclass(frozen=True)
class MemberReinstated(Event):
    """A suspended account may be used again."""


@dataclass(frozen=True)
class MemberRoleGranted(Event):
    """A member has a role of the site from now on."""

    role: str


@dataclass(frozen=True)
class MemberRoleRevoked(Event):
    """A member has a role no more; `coordinator` stands for that of every association."""

    role: str


KNOWN: dict[str, type[Event]] = {
    event.__name__: event
    for event in (
        ListingChanged,
        OfferPublished,
        OfferProposed,
        OfferWithdrawn,
        OfferDeclined,
        OfferAnswerChanged,
        OfferStepped,
        OfferConfirmed,
        OfferExpired,
        OrganisationAdded,
        HelpRequestOpened,
        HelpRequestAnswered,
        HelpRequestAnswerChanged,
        HelpRequestMatched,
        HelpRequestClosed,
        MemberJoined,
        MemberSuspended,
        MemberReinstated,
        MemberRoleGranted,
        MemberRoleRevoked,
    )
}
"""The core's own, by name."""


def member_types(event: type[Event]) -> dict[str, type]:
    """Return the type of each member; TypeError for one that is not of the `TYPES`."""
    hints = get_type_hints(event)
    types = {given.name: hints[given.name] for given in fields(event)}
    for name, kind in types.items():
        if kind not in TYPES:
            raise TypeError(
                f"{event.__name__}.{name} is declared as {kind}: write one of "
                f"{', '.join(possible.__name__ for possible in TYPES)}"
            )
    return types


def from_json(event: type[Event], members: Mapping[str, str]) -> Event:
    """Rebuild an event from the outbox.

    Members that a later release has no more are left out; those that it has more of take their
    defaults, without one it is a TypeError. ValueError for a text that is no value.
    """
    types = member_types(event)
    known = {name: text for name, text in members.items() if name in types}
    return event(**{name: _from_text(types[name], text) for name, text in known.items()})


def _from_text(kind: type, text: str) -> Any:
    if kind in (date, datetime):
        return kind.fromisoformat(text)
    return kind(text)
