"""Finding requests: those that a helper may see, page by page; never one that has expired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, select
from sqlalchemy.orm import Session, joinedload

from entraide import clock, policy, runtime
from entraide.directory.coordinators import coordinated_ids
from entraide.help_requests.models import Answer, AnswerState, HelpRequest, RequestState
from entraide.help_requests.rules import had_contact
from entraide.members.accounts import STAFF
from entraide.policy import Actor

PAGE = 20
CONTACTS = 200
SCANNED = 2000
"""Requests whose communes the filter knows: more than a site of 5,000 members has open."""


@dataclass(frozen=True)
class RequestPage:
    """One page of requests, newest first; `after` is where the next one starts, None at the end."""

    items: list[HelpRequest]
    after: UUID | None


def visible_requests(
    session: Session,
    *,
    actor: Actor,
    kinds: Sequence[str] = (),
    territory: str = "",
    after: UUID | None = None,
    limit: int = PAGE,
) -> RequestPage:
    """Return requests of others that the actor may answer; NotFound unless they may help at all.

    `kinds` empty means every kind, `territory` is one commune's code. What the actor may not see
    leaves no gap: the next ones take its place.
    """
    policy.require(actor, "help_requests.list")
    query = _chosen(_seeking(select(HelpRequest), actor), kinds, territory)
    seen: list[HelpRequest] = []
    following = after
    for _batch in range(0, SCANNED, limit):
        rows, following = _page(session, query, following, limit)
        for number, row in enumerate(rows, 1):
            if not _may_find(actor, row):
                continue
            seen.append(row)
            if len(seen) == limit:
                is_last = following is None and number == len(rows)
                return RequestPage(seen, None if is_last else row.id)
        if following is None:
            break
    return RequestPage(seen, following)


def _chosen(query: Select[Any], kinds: Sequence[str], territory: str) -> Select[Any]:
    if kinds:
        query = query.where(HelpRequest.kind.in_(kinds))
    if territory:
        # The list is stored as JSON text on both databases: codes stand in it between quotes.
        stored = cast(HelpRequest.territory, Text)
        query = query.where(stored.contains(f'"{territory}"', autoescape=True))
    return query


def kinds_and_communes(session: Session, *, actor: Actor) -> tuple[set[str], set[str]]:
    """Return the names of the kinds and the codes of the places of visible requests.

    A filter that offers a kind which the actor may not answer would say that nobody waits there.
    """
    policy.require(actor, "help_requests.list")
    query = _seeking(select(HelpRequest), actor).limit(SCANNED)
    visible = [row for row in session.scalars(query) if _may_find(actor, row)]
    return {row.kind for row in visible}, {code for row in visible for code in row.territory}


def contacts_under_way(session: Session, *, actor: Actor) -> list[HelpRequest]:
    """Return the matched requests whose contact the actor oversees, the newest contact first.

    The staff oversees every one, coordinators those in the name of their organisations.
    """
    policy.require(actor, "help_requests.overview")
    query = select(HelpRequest).where(HelpRequest.state == RequestState.MATCHED)
    if not actor.roles & STAFF:
        in_their_name = select(Answer.request_id).where(
            Answer.state == AnswerState.AGREED,
            Answer.organisation_id.in_(coordinated_ids(actor.id)),
        )
        query = query.where(HelpRequest.id.in_(in_their_name))
    rows = session.scalars(query.order_by(HelpRequest.updated_at.desc()).limit(CONTACTS))
    return [row for row in rows if policy.allowed(actor, "help_requests.oversee", row)]


def _may_find(actor: Actor, request: HelpRequest) -> bool:
    """Return whether a request stands in the actor's lists.

    Whom a contact was ended with reads its end on the page, and does not find the new search.
    """
    return not had_contact(actor, request) and policy.allowed(actor, "help_requests.see", request)


def own_requests(
    session: Session, *, actor: Actor, after: UUID | None = None, limit: int = PAGE
) -> RequestPage:
    """Return the actor's own requests, in any state, newest first."""
    query = select(HelpRequest).where(HelpRequest.member_id == actor.id)
    rows, following = _page(session, query, after, limit)
    return RequestPage(rows, following)


def own_answers(session: Session, *, actor: Actor, limit: int = PAGE) -> list[Answer]:
    """Return the actor's newest answers with their requests, withdrawn ones left out."""
    query = (
        select(Answer)
        .options(joinedload(Answer.request).selectinload(HelpRequest.answers))
        .where(Answer.member_id == actor.id, Answer.state != AnswerState.WITHDRAWN)
        .order_by(Answer.created_at.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def _seeking(query: Select[Any], actor: Actor) -> Select[Any]:
    return query.where(
        HelpRequest.state.in_(RequestState.SEEKING),
        HelpRequest.verify_by >= clock.today(),
        HelpRequest.kind.in_(runtime.current().kinds),
        HelpRequest.member_id != actor.id,
    )


def _page(
    session: Session, query: Select[Any], after: UUID | None, limit: int
) -> tuple[list[HelpRequest], UUID | None]:
    # Identifiers begin with the time of their making, so their order is the order of opening.
    if after is not None:
        query = query.where(HelpRequest.id < after)
    rows = list(session.scalars(query.order_by(HelpRequest.id.desc()).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
