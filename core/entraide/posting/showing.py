"""What the pages of posting show: the form of a step, the two sides of the review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args
from uuid import UUID

from flask import render_template

from entraide import policy
from entraide.directory.models import Offer, Publication
from entraide.directory.moderation import dial_of
from entraide.i18n import Text, catalogue
from entraide.kind_rules import Question
from entraide.policy import Actor
from entraide.posting import audiences, steps, what, who
from entraide.posting.asking import Asked
from entraide.posting.drafts import seen_of
from entraide.posting.unsent import unsent
from entraide.web.forms import Form
from entraide.web.visitors import current_member

_ = catalogue("entraide")

TITLES: dict[str, dict[str, Text]] = {
    "offer": {
        "what": what.QUESTIONS["offer"],
        "when": _("When can you help?"),
        "where": _("Where can you help?"),
        "who": _("A few words about your offer"),
        "review": _("Read again, then send"),
    },
    "request": {
        "what": what.QUESTIONS["request"],
        "when": _("When do you need it?"),
        "where": _("Where do you need it?"),
        "who": _("A few words about your request"),
        "review": _("Read again, then send"),
    },
}


HAPPENING: dict[str, Text] = {
    "when": _("When does it take place?"),
    "where": _("Where does it take place?"),
}
"""What is asked about an offer that has a date of its own, like an outing."""


TEAM_FIRST = _("The team reads it first. It is online once it says yes. We write to you.")
UNKNOWN_AUTHOR: dict[str, Text | str] = {
    "always": TEAM_FIRST,
    "first": _(
        "Is it your first offer of this kind? Then the team reads it first, before it is online. "
        "We write to you."
    ),
    "never": "",
}
"""What the review says of an own offer before its author has logged in, by the dial of its kind."""


def step_page(asked: Asked, name: str, form: Form, draft_id: UUID | None = None) -> str:
    """Return the page of one step."""
    return render_template(
        f"posting/{name}.html",
        form=form,
        icons=_icons(asked),
        is_gone=name == "what"
        and draft_id is not None
        and not steps.STEPS["what"].is_done(asked)
        and form.is_valid,
        draft_id=draft_id,
        draft=asked.draft,
        seen=seen_of(asked.draft, name),
        unsent=unsent(asked.side) if draft_id is None else [],
        **_frame(asked, name, draft_id),
    )


def review_page(
    asked: Asked, draft_id: UUID, problems: Mapping[str, list[str]] | None = None
) -> str:
    """Return the review; `problems` are what the service refused, by field."""
    member = current_member()
    listed = [
        {"url": f"/post/{draft_id}/{steps.field_address(name)}", "words": words}
        for name, messages in (problems or {}).items()
        for words in messages
    ]
    return render_template(
        "posting/review.html",
        problems=listed,
        panels=audiences.panels_of(asked, _name(member)),
        reads_first=_who_reads_first(asked, member),
        may_speak_for=bool(asked.organisations) and not asked.draft["who"]["organisation"],
        **_frame(asked, steps.REVIEW, draft_id),
    )


def _who_reads_first(asked: Asked, member: Actor | None) -> str:
    """Return who reads this offer before it is public, in words; empty when nobody does.

    The answer is that of the rule which decides when it is sent.
    """
    if asked.side != "offer":
        return ""
    chosen = who.organisation_of(asked)
    if chosen is None and member is None:
        return str(UNKNOWN_AUTHOR[dial_of(asked.kind.name)])
    probe = Offer(
        kind=asked.kind.name,
        publication=Publication.DRAFT,
        organisation_id=chosen,
        member_id=member.id if member else None,
    )
    if member is not None and policy.allowed(member, "directory.publish", probe):
        return ""
    if chosen is None:
        return str(TEAM_FIRST)
    name = dict(asked.organisations)[str(chosen)]
    return str(_("%(name)s reads it first, then decides whether it is online.", name=name))


def _frame(asked: Asked, name: str, draft_id: UUID | None) -> dict[str, Any]:
    before = steps.step_before(name)
    seen = steps.ORDER[: steps.ORDER.index(name)]
    return {
        "side": asked.side,
        "title": _title(asked, name),
        "labels": steps.LABELS,
        "current": steps.ORDER.index(name) + 1,
        "urls": [f"/post/{draft_id}/{step}" for step in seen],
        "back_url": f"/post/{draft_id}/{before}" if before else "",
    }


def _title(asked: Asked, name: str) -> Text:
    title = TITLES[asked.side][name]
    own: Text = ""
    if name in get_args(Question) and asked.draft.get("kind"):
        own = asked.kind.question(cast("Question", name), asked.side)
    return own or (HAPPENING.get(name, title) if asked.is_happening else title)


def _icons(asked: Asked) -> dict[str, dict[str, str]]:
    return {"kind": {kind.name: kind.icon for kind in what.kinds_of(asked.side)}}


def _name(member: Any) -> str:
    return str(getattr(member, "shown_name", "")) if member is not None else ""
