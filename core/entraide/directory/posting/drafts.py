"""Drafts: what the server-side session of a browser remembers between two steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, ids
from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.members.models import Session as MemberSession
from entraide.members.sessions import load_data, save_data

_ = catalogue("entraide")

KEY = "drafts"
MOST_DRAFTS = 5
"""Drafts per session; a sixth takes the place of the oldest."""
KEPT = timedelta(days=14)
"""How long after its beginning a draft can be finished."""

Draft = dict[str, Any]
"""`side`, `kind`, then one mapping of answers per step; `result` (a path) once it was sent."""


def start_draft(session: Session, *, token: str, draft: Draft, client: str) -> UUID:
    """Keep a new draft; return the id under which its steps find it.

    `client` is the IP address that asks: raises TooManyRequests when many began from there.
    """
    draft_id = ids.new_id()
    save_draft(session, token=token, draft_id=draft_id, draft=draft, client=client)
    return draft_id


def find_draft(session: Session, *, token: str, draft_id: UUID) -> Draft:
    """Return a draft of this browser; NotFound in plain words when it has none of that id."""
    known = _fresh(load_data(session, token=token))
    if str(draft_id) not in known:
        raise NotFound(
            str(_("This draft is no longer here. It may be too old. You can start a new one."))
        )
    return known[str(draft_id)]


def save_draft(
    session: Session, *, token: str, draft_id: UUID, draft: Draft, client: str = ""
) -> None:
    """Keep a draft; its earlier version is replaced, the oldest of too many is dropped."""
    data = load_data(session, token=token)
    known = {**_fresh(data), str(draft_id): draft}
    kept = dict(list(known.items())[-MOST_DRAFTS:])
    save_data(session, token=token, data={**data, KEY: kept}, client=client)


def lock_drafts(session: Session, *, token: str) -> None:
    """Make other requests of this browser wait, so that sending twice creates one row."""
    row = select(MemberSession.digest).where(MemberSession.digest == ids.digest(token))
    session.execute(row.with_for_update())


def _fresh(data: dict[str, Any]) -> dict[str, Draft]:
    """Return the drafts that are not too old; an identifier begins with the time of its making."""
    oldest = int((clock.now() - KEPT).timestamp() * 1000)
    known: dict[str, Draft] = data.get(KEY, {})
    return {name: one for name, one in known.items() if UUID(name).int >> 80 >= oldest}
