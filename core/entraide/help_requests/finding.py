"""Finding requests: those that a helper may see, page by page; never one that has expired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, select
from sqlalchemy.orm import Session, joinedload

from entraide import clock, policy, runtime
from entraide.help_requests.models import Answer, HelpRequest
from entraide.help_requests.rules import SEEKING
from entraide.policy import Actor

PAGE = 20
SCANNED = 2000
"""Requests whose communes the filter knows: more than a site of 5,000 members has open."""


@dataclass(frozen=True)
class RequestPage:
    """One page of requests, newest first; `after` is where the next one starts, None at the end."""

    items: list[HelpRequest]
    after: UUID | None


def visible_requests(
    session: Session, *, actor: Actor, kinds: Sequence[str] = (), territory: str = "",
    after: UUID | None = None, limit: int = PAGE,
) -> RequestPage:  # fmt: skip
    """Return requests of others that the actor may answer; NotFound unless they may help at all.

    `kinds` empty means every kind, `territory` is one commune's code. A plugin's refusal makes
    a page shorter, never longer.
    """
    policy.require(actor, "help_requests.list")
    wanted = _seeking(select(HelpRequest), actor)
    if kinds:
        wanted = wanted.where(HelpRequest.kind.in_(kinds))
    if territory:
        # The list is stored as JSON text on both databases: codes stand in it between quotes.
        stored = cast(HelpRequest.territory, Text)
        wanted = wanted.where(stored.contains(f'"{territory}"', autoescape=True))
    rows, following = _page(session, wanted, after, limit)
    seen = [row for row in rows if policy.allowed(actor, "help_requests.see", row)]
    return RequestPage(seen, following)


def communes_asked(session: Session, *, actor: Actor) -> set[str]:
    """Return the codes of the places that visible requests come from."""
    policy.require(actor, "help_requests.list")
    wanted: Any = _seeking(select(HelpRequest.territory), actor).limit(SCANNED)
    return {code for territory in session.scalars(wanted) for code in territory}


def own_requests(
    session: Session, *, actor: Actor, after: UUID | None = None, limit: int = PAGE
) -> RequestPage:
    """Return the actor's own requests, in any state, newest first."""
    wanted = select(HelpRequest).where(HelpRequest.member_id == actor.id)
    rows, following = _page(session, wanted, after, limit)
    return RequestPage(rows, following)


def own_answers(session: Session, *, actor: Actor, limit: int = PAGE) -> list[Answer]:
    """Return the actor's newest answers with their requests, withdrawn ones left out."""
    wanted = (
        select(Answer)
        .options(joinedload(Answer.request).selectinload(HelpRequest.answers))
        .where(Answer.member_id == actor.id, Answer.state != "withdrawn")
        .order_by(Answer.created_at.desc())
        .limit(limit)
    )
    return list(session.scalars(wanted))


def _seeking(wanted: Select[Any], actor: Actor) -> Select[Any]:
    return wanted.where(
        HelpRequest.state.in_(SEEKING),
        HelpRequest.verify_by >= clock.today(),
        HelpRequest.kind.in_(runtime.current().kinds),
        HelpRequest.member_id != actor.id,
    )


def _page(
    session: Session, wanted: Select[Any], after: UUID | None, limit: int
) -> tuple[list[HelpRequest], UUID | None]:
    # Identifiers begin with the time of their making, so their order is the order of opening.
    if after is not None:
        wanted = wanted.where(HelpRequest.id < after)
    rows = list(session.scalars(wanted.order_by(HelpRequest.id.desc()).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
