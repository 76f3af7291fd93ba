"""Drafts of posting: what was answered so far, kept for whoever writes, step by step."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import orjson
from werkzeug.datastructures import MultiDict

from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.members import drafts, sessions
from entraide.members.drafts import Owner
from entraide.members.models import Draft as DraftRow
from entraide.web import clients
from entraide.web.transactions import session
from entraide.web.visitors import current_member, visitor

_ = catalogue("entraide")

Draft = dict[str, Any]
"""`side`, `kind`, then one mapping of answers per step; `typed` holds, by step, what was left
unfinished, as the browser sent it; `result` (a path) once it was sent."""


def current_owner() -> Owner | None:
    """Return whose drafts this browser works on: the member's, else those of its visit."""
    member = current_member()
    return sessions.owner_of(
        session(), token=visitor().token, member_id=member.id if member else None
    )


def start_draft(draft: Draft) -> UUID:
    """Keep a new draft; return the id under which its steps find it.

    A visitor's browser gets a fresh cookie. Raises TooManyRequests when many began from this
    machine, Refused when there are too many drafts already.
    """
    member, browser = current_member(), visitor()
    if member is None:
        old, client = browser.token, clients.client()
        fresh = browser.renew(keeps_visit=True)
        visit_id = sessions.begin_visit(session(), old=old, fresh=fresh, client=client)
        owner = Owner(visit_id=visit_id)
    else:
        owner = Owner(member_id=member.id)
    return drafts.begin(session(), owner=owner, answers=draft, has_text=has_text).id


def find_draft(draft_id: UUID, *, lock: bool = False) -> DraftRow:
    """Return a draft of whoever asks; NotFound in plain words when they have none of that id."""
    try:
        return drafts.find(session(), owner=current_owner(), draft_id=draft_id, lock=lock)
    except NotFound:
        raise NotFound(
            _("This draft is no longer here. It may be too old. You can start a new one.")
            if current_member()
            else _(
                "This draft is not in this browser. Did you log in after writing it? Then log in "
                "here too: you find it in your account."
            )
        ) from None


def save_draft(row: DraftRow, draft: Draft, *, is_left: bool) -> None:
    """Keep a draft; its earlier version is replaced, and its time begins anew.

    A visitor's browser that goes on gets a fresh cookie: whoever else holds the one before, and
    began the draft as a bait, does not read what is written in it. With `is_left` the page is
    left, and the answer with its cookie might get lost.
    """
    drafts.keep(row, draft)
    browser = visitor()
    if is_left or current_member() is not None:
        sessions.prolong_visit(session(), token=browser.token)
        return
    old = browser.token
    sessions.refresh_visit(session(), old=old, fresh=browser.renew(keeps_visit=True))


def has_text(draft: Draft) -> bool:
    """Return whether somebody wrote words in a draft, or only chose."""
    return "who" in draft or bool(draft.get("typed"))


def with_typed(draft: Draft, name: str, sent: MultiDict[str, str]) -> Draft:
    """Return a draft that also remembers what was left unfinished in a step."""
    typed = [[key, value] for key, value in sent.items(multi=True) if key not in TECHNICAL]
    return {**draft, "typed": {**draft.get("typed", {}), name: typed}}


def without_typed(draft: Draft, name: str) -> Draft:
    """Return a draft whose step `name` is no longer unfinished."""
    return {**draft, "typed": {k: v for k, v in draft.get("typed", {}).items() if k != name}}


def typed_in(draft: Draft, name: str) -> MultiDict[str, str] | None:
    """Return what was left unfinished in a step, as a browser sends it; None when nothing was."""
    pairs = draft.get("typed", {}).get(name)
    return None if pairs is None else MultiDict([(key, value) for key, value in pairs])


def seen_of(draft: Draft, name: str) -> str:
    """Return a short digest of what a step holds, by which a page knows that it is still true."""
    held = [draft.get(name), draft.get("typed", {}).get(name)]
    return hashlib.sha256(orjson.dumps(held, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


TECHNICAL = ("csrf_token", "go", "seen", "side", "draft_kind")
"""Fields of a step's form that hold no answer."""
