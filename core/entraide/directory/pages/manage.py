"""Pages of those who look after offers: proposals to judge, offers to confirm, a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug.wrappers import Response

from entraide import audit, database
from entraide.directory import moderation
from entraide.directory.listing.described_kinds import Descriptions, descriptions_of
from entraide.directory.models import Offer, Publication
from entraide.directory.offers import reviewing, service
from entraide.directory.offers.authors import authors_of
from entraide.directory.pages import cards, offer_table
from entraide.directory.pages.blueprint import blueprint
from entraide.errors import BadInput, NotFound
from entraide.gazetteer import territories
from entraide.i18n import catalogue, date_in
from entraide.kinds import ManagedOffers
from entraide.pages import done, permission, require_member, session
from entraide.policy import Actor
from entraide.web.csv_files import csv_response
from entraide.web.panels import DASHBOARD, panels_of

_ = catalogue("entraide")

MANAGE = "/manage"


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
        proposals=[
            view | {"author": authors[offer.member_id]}
            for offer, view in zip(waiting, _views(waiting), strict=True)
        ],
        offers=_views(managed),
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
    table = offer_table.table_of(session(), request.args.get("kind", ""))
    if table is None:
        raise BadInput(str(_("Choose one of the kinds of help on the page before.")))
    offers = reviewing.offers_to_export(session(), charge, kind=table.kind)
    with database.note() as journal:
        actor = require_member().id
        audit.record(journal, actor=actor, action="directory.export", subject=table.kind)
    return csv_response(f"offers-{table.kind}", table.headings, map(table.row, offers))


def manages_anything(member: Actor | None) -> bool:
    """Return whether somebody looks after offers of others (the menu asks at each page)."""
    return member is not None and reviewing.reviews_anything(session(), member)


def _views(offers: Sequence[Offer]) -> list[dict[str, Any]]:
    kinds = descriptions_of(session(), [(None, offer.kind) for offer in offers])
    return [_view(offer, kinds) for offer in offers]


def _view(offer: Offer, kinds: Descriptions) -> dict[str, Any]:
    tag = cards.kind_tag((None, offer.kind), offer.payload, kinds)
    return tag | {
        "id": offer.id,
        "url": f"/offers/{offer.id}",
        "title": offer.title,
        "summary": offer.summary,
        "kind_label": tag["kind_label"] or offer.kind,
        "organisation": offer.organisation.name if offer.organisation else "",
        "territory": ", ".join(territories.names(offer.territory[:3])),
        "schedule": cards.schedule_in_words(offer.schedule),
        "created_at": offer.created_at,
        "verify_by": offer.verify_by,
        "is_public": offer.publication == Publication.PUBLIC,
        "details": cards.details_of((None, offer.kind), offer.payload, kinds),
        "steps": service.steps_from(offer),
    }


def _kind_links() -> list[dict[str, str]]:
    return [
        {"label": heading, "url": f"{MANAGE}/offers.csv?kind={kind}"}
        for kind, heading in offer_table.kinds_with_tables(session())
    ]
