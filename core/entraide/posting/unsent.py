"""Drafts that were not sent: as lists show them, to be continued or thrown away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template
from werkzeug.wrappers import Response

from entraide import runtime
from entraide.i18n import Text, catalogue
from entraide.members import drafts
from entraide.members.models import Draft as DraftRow
from entraide.pages import Question, ask_first, done, permission, session
from entraide.posting.blueprint import blueprint
from entraide.posting.drafts import current_owner, find_draft

_ = catalogue("entraide")

SIDES: dict[str, Text] = {"offer": _("Offer begun"), "request": _("Request begun")}


def unsent(side: str = "") -> list[dict[str, Any]]:
    """Return the drafts of whoever asks that were not sent, of one side or of both."""
    rows = drafts.list_open(session(), owner=current_owner())
    return [_card(row) for row in rows if side in ("", row.answers["side"])]


@blueprint.get("/post/drafts")
@permission(None)
def list_drafts() -> str:
    """Show what was begun and not sent: of the member, or in this browser."""
    return render_template("posting/drafts.html", unsent=unsent())


@blueprint.get("/post/<uuid:draft_id>/discard")
@permission(None)
def ask_discard(draft_id: UUID) -> str:
    """Ask before a draft is thrown away."""
    card = _card(find_draft(draft_id))
    return ask_first(
        Question(
            _("Throw this draft away?"),
            str(card["title"] or card["kind_label"]),
            [_("It cannot be brought back.")],
            _("Yes, throw it away"),
            "/post/drafts",
        )
    )


@blueprint.post("/post/<uuid:draft_id>/discard")
@permission(None)
def discard(draft_id: UUID) -> Response:
    """Throw a draft away."""
    drafts.throw_away(session(), owner=current_owner(), draft_id=draft_id)
    return done("/post/drafts", _("The draft is thrown away."))


def _card(row: DraftRow) -> dict[str, Any]:
    draft = row.answers
    kind = runtime.current().kinds.get(draft.get("kind", ""))
    typed = dict(draft.get("typed", {}).get("who", []))
    return {
        "side_label": SIDES.get(draft["side"], ""),
        "kind_label": kind.label if kind else "",
        "icon": kind.icon if kind else "other",
        "title": typed.get("title") or draft.get("who", {}).get("title", ""),
        "kept_until": row.expires_at,
        "url": f"/post/{row.id}/review",
        "discard_url": f"/post/{row.id}/discard",
    }
