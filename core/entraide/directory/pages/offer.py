"""Pages of an offer: what it is, where it comes from, its steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug.wrappers import Response

from entraide import clock, policy, runtime
from entraide.directory.finding.offers import current_row
from entraide.directory.listing.addresses import foreign_uids, uid_of
from entraide.directory.listing.described_kinds import descriptions_for
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import offer_row
from entraide.directory.listing.sites import names_for
from entraide.directory.models import Offer, Publication
from entraide.directory.offers import service
from entraide.directory.offers.authors import Author, authors_of
from entraide.directory.offers.private_details import details_for, note_reading
from entraide.directory.pages import cards
from entraide.directory.pages.blueprint import blueprint
from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.kinds import Kind
from entraide.pages import current_member, done, permission, require_member, session
from entraide.plugins.choices import is_paused
from entraide.policy import Actor
from entraide.web.kept_pages import keeps_page
from entraide.web.panels import panels_of

_ = catalogue("entraide")


@blueprint.get("/offers/<uuid:identifier>")
@permission(None)
@keeps_page
def own_offer(identifier: UUID) -> str:
    """Show one of our offers: to everyone while it is public, else to those who manage it."""
    row = current_row(session(), uid_of(identifier))
    offer = session().get(Offer, identifier)
    member = current_member()
    if offer is None or (row is None and not policy.allowed(member, "directory.see", offer)):
        raise NotFound(_("This offer is no longer here. Others may help: look at the list."))
    note_reading(member, offer)
    if row is None:
        preview = _page_of(Listing(**offer_row(offer)))
        return render_template(
            "directory/managed_offer.html",
            offer=preview,
            panels=panels_of(offer),
            **_managed(offer),
        )
    return _offer_page(row, offer, **_managed(offer))


@blueprint.get("/offers/<host>/<uuid:identifier>")
@permission(None)
@keeps_page
def offer(host: str, identifier: UUID) -> str:
    """Show an offer of another site, with the way to it."""
    for uid in foreign_uids(host, identifier):
        row = current_row(session(), uid)
        if row is not None and row.origin is not None and row.type == "offer":
            return _offer_page(row, row)
    raise NotFound(_("This offer is no longer here. Others may help: look at the list."))


@blueprint.post("/offers/<uuid:identifier>/step")
@permission("directory.transition")
def step(identifier: UUID) -> Response:
    """Take one step of an offer's workflow."""
    row = service.find_offer(session(), offer_id=identifier)
    name = request.form.get("step", "")
    service.step_offer(session(), offer=row, actor=require_member(), step=name)
    return done(f"/offers/{identifier}", _("It is noted. Thank you!"))


@blueprint.post("/offers/<uuid:identifier>/withdraw")
@permission("directory.withdraw")
def withdraw(identifier: UUID) -> Response:
    """Take an offer out of every list."""
    row = service.find_offer(session(), offer_id=identifier)
    # Without an actor the site itself would act, and may do everything.
    reason = request.form.get("reason", "")
    service.withdraw_offer(session(), offer=row, actor=require_member(), reason=reason)
    return done("/manage", _("The offer is taken down. Nobody finds it any more."))


def _offer_page(row: Listing, subject: Offer | Listing, **managed: Any) -> str:
    kind = runtime.current().kinds.get(row.kind or "")
    return render_template(
        "directory/offer.html",
        offer=_page_of(row),
        panels=panels_of(subject),
        contact_url=_contact_url(row, kind),
        **({"manages": False, "private": [], "steps": [], "history": [], "can": {}} | managed),
    )


def _page_of(row: Listing) -> dict[str, Any]:
    names, kinds = names_for(session(), row), descriptions_for(session(), row)
    return cards.offer_page(row, names, kinds)


def _contact_url(row: Listing, kind: Kind | None) -> str:
    # Elsewhere one asks on the site of origin; here by an answer, or by a request.
    if row.origin is None and kind and kind.answers and row.own_id:
        return f"/answers/offers/{row.own_id}"
    takes_requests = "help_requests" in runtime.current().registry.modules
    if row.origin is None and takes_requests and kind and "request" in kind.sides:
        return f"/post/request?kind={kind.name}"
    return row.contact_url or ""


def _author_for(member: Actor | None, offer: Offer) -> Author | None:
    """Return who wrote an offer to whoever may judge or moderate it, None to others."""
    is_staff = any(
        policy.allowed(member, f"directory.{act}", offer) for act in ("review", "moderate")
    )
    if not is_staff:
        return None
    return authors_of(session(), [offer])[offer.member_id]


def _managed(offer: Offer) -> dict[str, Any]:
    member = current_member()
    if member is None:
        return {}
    manages = policy.allowed(member, "directory.manage", offer)
    return {
        "managed": offer,
        "private": details_for(session(), member, offer),
        "manages": manages,
        "can": {
            act: policy.allowed(member, f"directory.{act}", offer)
            for act in ("publish", "review", "confirm", "withdraw", "moderate")
        },
        "is_over": offer.verify_by < clock.today(),
        "is_paused": is_paused(offer.kind) and offer.publication in Publication.STANDING,
        "author": _author_for(member, offer),
        "reads_answers": policy.allowed(member, "answers.decide", offer),
        "steps": service.steps_from(offer) if manages else [],
        "history": _history(offer, manages=manages),
    }


def _history(offer: Offer, *, manages: bool) -> list[dict[str, Any]]:
    workflow = service.workflow_of(offer)
    return [
        {
            "label": service.step_in_words(workflow, transition.step),
            "happened_at": transition.happened_at,
        }
        for transition in service.steps_taken(session(), offer=offer)
        if workflow and manages
    ]
