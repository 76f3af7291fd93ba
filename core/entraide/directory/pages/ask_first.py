"""Pages that ask first: before an offer is taken down, declined, or ended by a step."""

from __future__ import annotations

from collections.abc import Container, Sequence
from uuid import UUID

from flask import request

from entraide import policy
from entraide.directory.models import Offer, Publication
from entraide.directory.moderation import REASONS, USUAL_REASON, is_removal
from entraide.directory.offers import service
from entraide.directory.pages.blueprint import blueprint
from entraide.errors import IllegalTransition
from entraide.i18n import Text, catalogue
from entraide.pages import Question, ask_first, permission, require_member, session

_ = catalogue("entraide")

GONE = _("Nobody finds it any more, here and on other sites. You cannot put it back online.")


@blueprint.get("/offers/<uuid:identifier>/withdraw")
@permission("directory.withdraw")
def ask_withdraw(identifier: UUID) -> str:
    """Ask before an offer is taken down."""
    offer = _offer(identifier, "directory.withdraw", is_in=Publication.STANDING)
    if not is_removal(require_member(), offer):
        return _ask(offer, _("Take this offer down?"), [GONE], _("Yes, take it down"))
    notice = _("Its author gets a message with the reason, and how to reach the team.")
    question = Question(
        _("Take this offer down?"),
        offer.title,
        [GONE, notice],
        _("Yes, take it down"),
        f"/offers/{identifier}",
        choice=("reason", _("Why?"), list(REASONS.items()), USUAL_REASON),
    )
    return ask_first(question)


@blueprint.get("/offers/<uuid:identifier>/decline")
@permission("directory.review")
def ask_decline(identifier: UUID) -> str:
    """Ask before a proposal is declined."""
    offer = _offer(identifier, "directory.review", is_in={Publication.PENDING})
    meaning = [_("It will not be online. You cannot change it afterwards.")]
    return _ask(offer, _("Decline this proposal?"), meaning, _("Yes, decline"))


@blueprint.get("/offers/<uuid:identifier>/step")
@permission("directory.transition")
def ask_step(identifier: UUID) -> str:
    """Ask before the step (`?step=`) after which an offer is over."""
    offer = _offer(identifier, "directory.transition", is_in={Publication.PUBLIC})
    step = request.args.get("step", "")
    words = {name: words for name, words, _is_final in service.steps_from(offer)}
    if step not in words:
        raise _illegal()
    title = _("%(step)s: is this right?", step=words[step])
    return _ask(offer, title, [GONE], _("Yes"), {"step": step})


def _offer(identifier: UUID, action: str, *, is_in: Container[str]) -> Offer:
    member = require_member()
    offer = service.find_offer(session(), offer_id=identifier)
    policy.require(member, action, offer)
    if offer.publication not in is_in:
        raise _illegal()
    return offer


def _illegal() -> IllegalTransition:
    return IllegalTransition(
        _("This step is not possible any more. Please reload the page to see why.")
    )


def _ask(
    offer: Offer,
    title: Text,
    meaning: Sequence[Text],
    button: Text,
    fields: dict[str, str] | None = None,
) -> str:
    return ask_first(Question(title, offer.title, meaning, button, "/manage", fields or {}))
