"""The page of all gardens, open to everybody, and the thanks of members."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from entraide import (
    Listing,
    Offer,
    catalogue,
    errors,
    public_fields,
    record_action,
    runtime,
    site_names,
)
from entraide.pages import (
    RowList,
    commune_name,
    current_member,
    offer_url,
    organisation_url,
    permission,
    read_list,
    require_member,
    say,
    session,
)

_ = catalogue(__package__)
blueprint = Blueprint("gardens", __name__, template_folder="templates")


@blueprint.get("/")
@permission(None)
def index() -> tuple[str, int]:
    """List the gardens of this site and of others, with the name of each site."""
    gardens: RowList = read_list(
        select(Listing).where(Listing.kind == "garden"), order=[Listing.created_at]
    )
    kind = runtime.current().kinds["garden"]
    labels = [str(field.metadata["label"]) for field in public_fields(kind).values()]
    page = render_template(
        "gardens/list.html",
        gardens=gardens,
        urls={row.uid: _url(row) for row in gardens.rows},
        places={row.uid: ", ".join(map(commune_name, row.territory)) for row in gardens.rows},
        sites=site_names(session(), [row.origin for row in gardens.rows]),
        labels=labels,
        may_thank=current_member() is not None,
    )
    return page, gardens.status


def _url(row: Listing) -> str:
    return offer_url(row.own_id) if row.own_id else row.url


@blueprint.post("/<uuid:offer_id>/thank")
@permission("gardens.thank")
def thank(offer_id: UUID) -> Response:
    """Note the thanks, and show the association that opens the garden."""
    offer = session().get(Offer, offer_id)
    if offer is None or offer.kind != "garden" or offer.organisation_id is None:
        raise errors.NotFound
    record_action(session(), actor=require_member().id, action="gardens.thank", subject=offer_id)
    say(_("Your thanks are noted."))
    return redirect(organisation_url(offer.organisation_id), 303)
