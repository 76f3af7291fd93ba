"""Drafts: what the server-side session of a browser remembers between two steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import ids
from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.members.models import Session as MemberSession
from entraide.members.sessions import load_data, save_data

_ = catalogue("entraide")

KEY = "drafts"
MOST_DRAFTS = 5
"""Drafts per session; a sixth takes the place of the oldest."""

Draft = dict[str, Any]
"""`side`, `kind`, then one mapping of answers per step; `result` (a path) once it was sent."""


def start_draft(session: Session, *, token: str, draft: Draft) -> UUID:
    """Keep a new draft; return the id under which its steps find it."""
    draft_id = ids.new_id()
    save_draft(session, token=token, draft_id=draft_id, draft=draft)
    return draft_id


def find_draft(session: Session, *, token: str, draft_id: UUID) -> Draft:
    """Return a draft of this browser; NotFound in plain words when it has none of that id."""
    known: dict[str, Draft] = load_data(session, token=token).get(KEY, {})
    if str(draft_id) not in known:
        raise NotFound(
            str(_("This draft is no longer here. It may be too old. You can start a new one."))
        )
    return known[str(draft_id)]


def save_draft(session: Session, *, token: str, draft_id: UUID, draft: Draft) -> None:
    """Keep a draft; its earlier version is replaced, the oldest of too many is dropped."""
    data = load_data(session, token=token)
    known = {**data.get(KEY, {}), str(draft_id): draft}
    kept = dict(list(known.items())[-MOST_DRAFTS:])
    save_data(session, token=token, data={**data, KEY: kept})


def lock_drafts(session: Session, *, token: str) -> None:
    """Make other requests of this browser wait, so that sending twice creates one row."""
    row = select(MemberSession.digest).where(MemberSession.digest == ids.digest(token))
    session.execute(row.with_for_update())
