"""Pages of posting: five steps on one address each, then what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from entraide import policy
from entraide.directory.blueprint import blueprint
from entraide.directory.coordinating import public_organisations
from entraide.directory.models import Offer, Organisation
from entraide.directory.posting import steps, what
from entraide.directory.posting.asking import Asked
from entraide.directory.posting.drafts import (
    Draft,
    find_draft,
    lock_drafts,
    save_draft,
    start_draft,
)
from entraide.directory.posting.showing import review_page, step_page
from entraide.directory.posting.sides import side_named
from entraide.errors import BadInput, NotFound
from entraide.policy import permission
from entraide.web import clients
from entraide.web.transactions import session
from entraide.web.visitors import current_member, require_member, visitor

Page = str | Response | tuple[str, int]
STEP = "/post/<uuid:draft_id>/<any(what, when, where, who):name>"


@blueprint.get("/post/<any(offer, request):side>")
@permission(None)
def post_start(side: str) -> str:
    """Ask what kind of help; a kind may be chosen already (`?kind=`)."""
    side_named(side)
    asked = Asked(side, {"side": side, "kind": request.args.get("kind", "")})
    return step_page(asked, "what", what.build(asked))


@blueprint.post("/post/<any(offer, request):side>")
@permission(None)
def post_draft(side: str) -> Page:
    """Start a draft; `?organisation=` proposes to speak for one."""
    side_named(side)
    draft: Draft = {"side": side, "organisation": _proposed_organisation()}
    form, draft = what.read(Asked(side, draft), request.form)
    if not form.is_valid:
        return step_page(Asked(side, draft), "what", form), 422
    lock_drafts(session(), token=visitor().keep())
    client = clients.client()
    draft_id = start_draft(session(), token=visitor().keep(), draft=draft, client=client)
    return redirect(f"/post/{draft_id}/when", 303)


@blueprint.get(STEP)
@permission(None)
def post_step(draft_id: UUID, name: str) -> Page:
    """Show one step of a draft, or the first that has to be answered before."""
    asked = _asked(draft_id)
    if elsewhere := _elsewhere(asked, draft_id, name):
        return elsewhere
    return step_page(asked, name, steps.STEPS[name].build(asked), draft_id)


@blueprint.post(STEP)
@permission(None)
def post_answers(draft_id: UUID, name: str) -> Page:
    """Keep the answers of one step and go on; with a mistake, show it beside what was sent."""
    lock_drafts(session(), token=visitor().keep())
    asked = _asked(draft_id)
    if elsewhere := _elsewhere(asked, draft_id, name):
        return elsewhere
    form, draft = steps.STEPS[name].read(asked, request.form)
    if not form.is_valid:
        return step_page(asked, name, form, draft_id), 422
    save_draft(session(), token=visitor().token, draft_id=draft_id, draft=draft)
    return redirect(f"/post/{draft_id}/{steps.next_step(name)}", 303)


@blueprint.get("/post/<uuid:draft_id>/review")
@permission(None)
def post_review(draft_id: UUID) -> Page:
    """Show both sides of the draft: what everyone sees, what only the association sees."""
    asked = _asked(draft_id)
    return _elsewhere(asked, draft_id, steps.REVIEW) or review_page(asked, draft_id)


@blueprint.post("/post/<uuid:draft_id>/review")
@permission(None)
def post_submit(draft_id: UUID) -> Page:
    """Send the draft: whoever is not logged in does so first, and finds it again."""
    lock_drafts(session(), token=visitor().keep())
    asked = _asked(draft_id)
    if elsewhere := _elsewhere(asked, draft_id, steps.REVIEW):
        return elsewhere
    member, side = current_member(), side_named(asked.side)
    if member is None:
        return redirect(f"/login?next=/post/{draft_id}/review", 303)
    policy.require(member, side.action)
    try:
        with session().begin_nested():
            path = side.submit(session(), member, steps.submission_of(asked))
    except BadInput as error:
        return review_page(asked, draft_id, _flat(error.errors) or {"": [str(error)]}), 422
    sent = {"side": asked.side, "result": path}
    save_draft(session(), token=visitor().token, draft_id=draft_id, draft=sent)
    if side.notice:
        visitor().say(side.notice)
    return redirect(path, 303)


@blueprint.get("/post/sent/<uuid:offer_id>")
@permission(None)
def post_sent(offer_id: UUID) -> str:
    """Thank the author of an offer and say what happens next."""
    member = require_member()
    offer = session().get(Offer, offer_id)
    if offer is None or offer.member_id != member.id:
        raise NotFound
    return render_template("directory/post/sent.html", offer=offer)


def _asked(draft_id: UUID) -> Asked:
    draft = find_draft(session(), token=visitor().token, draft_id=draft_id)
    side_named(draft["side"])
    is_offer = draft["side"] == "offer"
    return Asked(draft["side"], draft, _organisations(draft) if is_offer else [])


def _elsewhere(asked: Asked, draft_id: UUID, name: str) -> Response | None:
    """Return the way to where one has to be first, None when `name` may be shown."""
    if "result" in asked.draft:
        return redirect(asked.draft["result"], 303)
    first = steps.first_incomplete(asked)
    if steps.ORDER.index(first) >= steps.ORDER.index(name):
        return None
    return redirect(f"/post/{draft_id}/{first}", 303)


def _organisations(draft: Draft) -> list[tuple[str, str]]:
    """Return whom the visitor may speak for: what they coordinate, and whom they came from."""
    member = current_member()
    found = public_organisations(
        session(), member_id=member.id if member else None,
        proposed=UUID(draft["organisation"]) if draft.get("organisation") else None,
    )  # fmt: skip
    return [(str(one.id), one.name) for one in found]


def _proposed_organisation() -> str:
    try:
        given = UUID(request.args.get("organisation", ""))
    except ValueError:
        return ""
    return str(given) if session().get(Organisation, given) else ""


def _flat(errors: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the messages of a service by field; those of the payload under their own names."""
    inner = errors.get("payload")
    flat = {**errors, **inner} if isinstance(inner, Mapping) else dict(errors)
    return {
        name: [str(message) for message in messages]
        for name, messages in flat.items()
        if isinstance(messages, list | tuple)
    }
