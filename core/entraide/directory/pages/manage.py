"""Pages of those who look after offers: proposals to judge, offers to confirm, a table."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug.wrappers import Response

from entraide import audit, clock, database, runtime
from entraide.directory import moderation
from entraide.directory.listing.addresses import uid_of
from entraide.directory.models import Offer, Publication
from entraide.directory.offers import reviewing, service
from entraide.directory.offers.authors import authors_of
from entraide.directory.pages import cards
from entraide.directory.pages.blueprint import blueprint
from entraide.directory.payloads.values import described, public_fields, public_part
from entraide.errors import BadInput, NotFound
from entraide.gazetteer import territories
from entraide.i18n import Text, catalogue, date_in
from entraide.kinds import Kind, ManagedOffers
from entraide.pages import done, permission, require_member, session
from entraide.policy import Actor
from entraide.web.csv_files import csv_response
from entraide.web.panels import DASHBOARD, panels_of

_ = catalogue("entraide")

MANAGE = "/manage"
PLACES = _("Places")
COLUMNS: tuple[Text, ...] = (
    _("Address"),
    _("Title"),
    _("More about it"),
    _("Association"),
    _("Where"),
    _("When"),
    PLACES,
    _("To be confirmed by"),
    _("Publication"),
)
PUBLICATIONS: dict[str, Text] = {
    Publication.DRAFT: _("Draft"),
    Publication.PENDING: _("Waiting for a decision"),
    Publication.PUBLIC: _("Public"),
    Publication.HIDDEN: _("Out of sight: the account is suspended"),
    Publication.WITHDRAWN: _("Taken down"),
    Publication.EXPIRED: _("Its last day has passed"),
}


@blueprint.get(MANAGE)
@permission("directory.review")
def manage() -> str:
    """Show what waits for a decision, and the offers that this person looks after."""
    charge = reviewing.charge_of(session(), require_member())
    waiting = reviewing.proposals(session(), charge) if charge.reviews else []
    authors = authors_of(session(), waiting)
    managed = reviewing.managed_offers(session(), charge)
    return render_template(
        "directory/manage.html",
        reviews=charge.reviews,
        may_moderate=charge.moderates,
        idle_dials=moderation.idle_dials() if charge.moderates else [],
        proposals=[_view(offer) | {"author": authors[offer.member_id]} for offer in waiting],
        offers=[_view(offer) for offer in managed],
        kinds=_kind_links() if charge.coordinates else [],
        about_offers=panels_of(ManagedOffers(tuple(managed))),
        panels=panels_of(DASHBOARD),
    )


@blueprint.post("/offers/<uuid:identifier>/publish")
@permission("directory.publish")
def publish(identifier: UUID) -> Response:
    """Make a proposal public."""
    offer = service.find_offer(session(), offer_id=identifier)
    service.publish_offer(session(), offer=offer, actor=require_member())
    return done(MANAGE, _("The offer is online. Everyone can see it."))


@blueprint.post("/offers/<uuid:identifier>/decline")
@permission("directory.review")
def decline(identifier: UUID) -> Response:
    """Say no to a proposal."""
    offer = service.find_offer(session(), offer_id=identifier)
    reviewing.decline_offer(session(), offer=offer, actor=require_member())
    return done(MANAGE, _("The proposal is declined. Nobody else sees it."))


@blueprint.post("/offers/<uuid:identifier>/confirm")
@permission("directory.confirm")
def confirm(identifier: UUID) -> Response:
    """Note that an offer is still true."""
    offer = service.find_offer(session(), offer_id=identifier)
    reviewing.confirm_again(session(), offer=offer, actor=require_member())
    day = date_in(offer.verify_by)
    return done(MANAGE, _("The offer is confirmed. Confirm it again by %(day)s.", day=day))


@blueprint.get(f"{MANAGE}/offers.csv")
@permission("directory.review")
def export() -> Response:
    """Give the offers of one kind that they look after as a table, those that ended included.

    Each says its state in words; their fields are those that everyone may read.
    """
    charge = reviewing.charge_of(session(), require_member())
    if not charge.coordinates:
        raise NotFound
    kind = runtime.current().kinds.get(runtime.kind_name(request.args.get("kind", "")))
    if kind is None:
        raise BadInput(str(_("Choose one of the kinds of help on the page before.")))
    offers = reviewing.offers_to_export(session(), charge, kind=kind.name)
    with database.note() as journal:
        actor = require_member().id
        audit.record(journal, actor=actor, action="directory.export", subject=kind.name)
    places = kind.question("places_shown", "offer")
    columns = [places if places and column is PLACES else column for column in COLUMNS]
    headings = [*(str(column) for column in columns), *_labels(kind).values()]
    return csv_response(f"offers-{kind.name}", headings, [_row(kind, offer) for offer in offers])


def manages_anything(member: Actor | None) -> bool:
    """Return whether somebody looks after offers of others (the menu asks at each page)."""
    return member is not None and reviewing.reviews_anything(session(), member)


def _row(kind: Kind, offer: Offer) -> list[Any]:
    words = dict(described(kind, public_part(kind, offer.payload), is_complete=True))
    return [
        uid_of(offer.id),
        offer.title,
        offer.summary,
        offer.organisation.name if offer.organisation else "",
        ", ".join(territories.names(offer.territory)),
        cards.schedule_in_words(offer.schedule),
        offer.seats,
        offer.verify_by,
        PUBLICATIONS[_publication(offer)],
        *(words.get(label, "") for label in _labels(kind).values()),
    ]


def _publication(offer: Offer) -> str:
    # The job that takes old offers down may not have run yet.
    is_over = offer.publication in Publication.EXPIRING and offer.verify_by < clock.today()
    return Publication.EXPIRED if is_over else offer.publication


def _labels(kind: Kind) -> dict[str, str]:
    return {
        name: str(field.metadata.get("label", name)) for name, field in public_fields(kind).items()
    }


def _view(offer: Offer) -> dict[str, Any]:
    kind = runtime.current().kinds.get(offer.kind)
    return {
        "id": offer.id,
        "url": f"/offers/{offer.id}",
        "title": offer.title,
        "summary": offer.summary,
        "kind_label": str(kind.label) if kind else offer.kind,
        "icon": kind.icon if kind else "other",
        "organisation": offer.organisation.name if offer.organisation else "",
        "territory": ", ".join(territories.names(offer.territory[:3])),
        "schedule": cards.schedule_in_words(offer.schedule),
        "created_at": offer.created_at,
        "verify_by": offer.verify_by,
        "is_public": offer.publication == Publication.PUBLIC,
        "details": described(kind, public_part(kind, offer.payload)),
        "steps": service.steps_from(offer),
    }


def _kind_links() -> list[dict[str, str]]:
    return [
        {"label": str(kind.heading), "url": f"{MANAGE}/offers.csv?kind={kind.name}"}
        for kind in runtime.current().kinds.values()
        if "offer" in kind.sides
    ]
