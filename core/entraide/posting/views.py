"""Pages of posting: five steps on one address each, then what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from entraide import policy, runtime
from entraide.directory.coordinators import public_organisations
from entraide.directory.models import Offer, Organisation
from entraide.errors import BadInput, NotFound
from entraide.i18n import catalogue
from entraide.members import drafts
from entraide.members.models import Draft as DraftRow
from entraide.pages import current_member, permission, require_member, say, session
from entraide.posting import steps, what
from entraide.posting.asking import Asked
from entraide.posting.blueprint import blueprint
from entraide.posting.drafts import (
    Draft,
    find_draft,
    save_draft,
    seen_of,
    start_draft,
    with_typed,
    without_typed,
)
from entraide.posting.showing import review_page, step_page
from entraide.posting.sides import side_named

_ = catalogue("entraide")

Page = str | Response | tuple[str, int]
SENT_ALREADY = _(
    "This was sent already, maybe from another page. What you changed here was not added."
)
STEP = "/post/<uuid:draft_id>/<any(what, when, where, who):name>"


@blueprint.get("/post/<any(offer, request):side>")
@permission(None)
def start(side: str) -> str:
    """Ask what kind of help; a kind may be chosen already (`?kind=`)."""
    side_named(side)
    asked = Asked(side, {"side": side, "kind": runtime.kind_name(request.args.get("kind", ""))})
    return step_page(asked, "what", what.build(asked))


@blueprint.post("/post/<any(offer, request):side>")
@permission(None)
def begin(side: str) -> Page:
    """Start a draft; `?organisation=` proposes to speak for one."""
    side_named(side)
    draft: Draft = {"side": side, "organisation": _proposed_organisation()}
    form, draft = what.read(Asked(side, draft), request.form)
    if not form.is_valid:
        return step_page(Asked(side, draft), "what", form), 422
    return redirect(f"/post/{start_draft(draft)}/when", 303)


@blueprint.get(STEP)
@permission(None)
def step(draft_id: UUID, name: str) -> Page:
    """Show one step of a draft, or the first that has to be answered before."""
    asked = _asked(find_draft(draft_id))
    if elsewhere := _elsewhere(asked, draft_id, name):
        return elsewhere
    return step_page(asked, name, steps.form_of(asked, name), draft_id)


@blueprint.post(STEP)
@permission(None)
def answer(draft_id: UUID, name: str) -> Page:
    """Keep the answers of one step and go on, or back; a mistake is shown beside what was sent.

    `go` is `back` for the way back and `keep` for a page that is left: both keep what was typed,
    finished or not.
    """
    try:
        row = find_draft(draft_id, lock=True)
    except NotFound:
        return _start_again(name)
    asked = _asked(row)
    if "result" in asked.draft:
        say(SENT_ALREADY)
    if elsewhere := _elsewhere(asked, draft_id, name):
        if "result" not in asked.draft:
            # A step before is unfinished, maybe in another window: this one waits for its turn.
            typed = with_typed(asked.draft, name, request.form)
            save_draft(row, typed, is_left=request.form.get("go") == "keep")
        return elsewhere
    return _keep_answers(row, asked, name)


def _keep_answers(row: DraftRow, asked: Asked, name: str) -> Page:
    form, draft = steps.STEPS[name].read(asked, request.form)
    go = request.form.get("go")
    if not form.is_valid and go not in ("back", "keep"):
        return step_page(asked, name, form, row.id), 422
    kept = without_typed(draft, name) if form.is_valid else with_typed(draft, name, request.form)
    _tell_of_other_tab(asked.draft, kept, name)
    save_draft(row, kept, is_left=go == "keep")
    if go == "keep":
        return Response(status=204)
    following = steps.step_before(name) if go == "back" else steps.next_step(name)
    return redirect(f"/post/{row.id}/{following or name}", 303)


@blueprint.get("/post/<uuid:draft_id>/review")
@permission(None)
def review(draft_id: UUID) -> Page:
    """Show both sides of the draft: what everyone sees, what only the association sees."""
    asked = _asked(find_draft(draft_id))
    return _elsewhere(asked, draft_id, steps.REVIEW) or review_page(asked, draft_id)


@blueprint.post("/post/<uuid:draft_id>/review")
@permission(None)
def submit(draft_id: UUID) -> Page:
    """Send the draft: whoever is not logged in does so first, and finds it again."""
    row = find_draft(draft_id, lock=True)
    asked = _asked(row)
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
    drafts.mark_sent(row, {"side": asked.side, "result": path})
    if side.notice:
        say(side.notice)
    return redirect(path, 303)


@blueprint.get("/post/sent/<uuid:offer_id>")
@permission(None)
def sent(offer_id: UUID) -> str:
    """Thank the author of an offer and say what happens next."""
    member = require_member()
    offer = session().get(Offer, offer_id)
    if offer is None or offer.member_id != member.id:
        raise NotFound
    return render_template("posting/sent.html", offer=offer)


def _asked(row: DraftRow) -> Asked:
    draft: Draft = row.answers
    if "kind" in draft:
        draft = {**draft, "kind": runtime.kind_name(draft["kind"])}
    side_named(draft["side"])
    is_offer = draft["side"] == "offer"
    return Asked(draft["side"], draft, _organisations(draft) if is_offer else [])


def _start_again(name: str) -> Response:
    """Begin a new draft with what was sent for one that is gone; NotFound when it says too little.

    The cookie was lost, or somebody logged out in another tab: what they typed is kept.
    """
    side, kind = request.form.get("side", ""), request.form.get("draft_kind", "")
    is_left = request.form.get("go") == "keep"
    if is_left or kind not in [known.name for known in what.kinds_of(side)]:
        raise NotFound
    side_named(side)
    draft = with_typed({"side": side, "kind": kind, "organisation": ""}, name, request.form)
    draft_id = start_draft(draft)
    say(
        _(
            "We did not find the rest of this text here. What you just wrote is kept. "
            "Please answer the other steps again."
        )
    )
    return redirect(f"/post/{draft_id}/{steps.first_incomplete(Asked(side, draft))}", 303)


def _tell_of_other_tab(before: Draft, after: Draft, name: str) -> None:
    """Say that the step held something else when its page was shown; what came last is kept."""
    shown, held = request.form.get("seen", ""), seen_of(before, name)
    if shown and held not in (shown, seen_of(after, name)):
        say(
            _(
                "You changed this step in another window too. We kept what you sent "
                "last. The other steps did not change."
            )
        )


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
    organisations = public_organisations(
        session(),
        member_id=member.id if member else None,
        proposed=UUID(draft["organisation"]) if draft.get("organisation") else None,
    )
    return [(str(organisation.id), organisation.name) for organisation in organisations]


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
