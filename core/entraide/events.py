"""What happened: frozen records in the past tense, told to plugins after the commit."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """Base of every event; `identifier` is the row that it is about.

    `is_retried_for_ever`: a delivery that keeps failing never becomes a dead letter.
    """

    is_retried_for_ever: ClassVar[bool] = False

    identifier: UUID

    def as_json(self) -> dict[str, str]:
        """Return the event's members as strings, as the outbox keeps them."""
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class ListingChanged(Event):
    """A public row of this site appeared, changed or left; `kind_of_row` is its type."""

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


KNOWN: dict[str, type[Event]] = {
    event.__name__: event
    for event in (
        ListingChanged,
        OfferPublished,
        OfferProposed,
        OfferWithdrawn,
        HelpRequestOpened,
        HelpRequestAnswered,
        HelpRequestAnswerChanged,
        HelpRequestMatched,
        HelpRequestClosed,
        MemberJoined,
    )
}


def from_json(name: str, members: dict[str, Any]) -> Event | None:
    """Rebuild an event from the outbox; None when a later release has no such event any more."""
    event = KNOWN.get(name)
    if event is None:
        return None
    types = {field.name: field.type for field in fields(event)}
    return event(
        **{key: UUID(value) if types[key] == "UUID" else value for key, value in members.items()}
    )
