"""REST: every public offer that this site knows, its organisations and kinds; publishing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import RAISE

from entraide import clock, policy, runtime
from entraide.directory.api.items import kind_item, offer_item, organisation_item
from entraide.directory.api.schemas import (
    IdempotencyHeaders,
    KindList,
    OfferItem,
    OfferPage,
    OfferQuery,
    OrganisationPage,
    PageQuery,
)
from entraide.directory.finding import paging
from entraide.directory.listing.models import Listing
from entraide.directory.listing.own_rows import is_listed, offer_row
from entraide.directory.models import Offer
from entraide.directory.offers import service
from entraide.directory.offers.schemas import OfferInput, OfferSchema
from entraide.errors import BadInput, NotFound
from entraide.members.callers import Caller, find_caller, has_token
from entraide.web.api import ApiBlueprint
from entraide.web.idempotency import claim
from entraide.web.kept_pages import keeps_page
from entraide.web.scopes import PREFIX, scope
from entraide.web.transactions import session

blueprint = ApiBlueprint(
    "directory_api", __name__, description="What exists: offers, organisations, kinds of help."
)
WRITE = "offers:write"


@blueprint.route("/offers")
@scope(None)
@keeps_page
@blueprint.arguments(OfferQuery, location="query", unknown=RAISE)
@blueprint.response(200, OfferPage)
def list_offers(query: dict[str, Any]) -> dict[str, Any]:
    """List every public offer that this site knows, its own and those of other sites."""
    base = runtime.current().settings.site.base_url
    origin = "" if query["origin"] == base else query["origin"]
    filters = paging.Filters("offer", query["kind"], origin, query["updated_since"])
    page = paging.read_page(session(), filters, after=query["after"], limit=query["limit"])
    return {"items": [offer_item(row) for row in page.rows], "next": page.next}


@blueprint.route("/offers", methods=["POST"])
@scope(WRITE)
@blueprint.arguments(IdempotencyHeaders, location="headers")
@blueprint.arguments(OfferSchema)
@blueprint.response(201, OfferItem)
def create_offer(headers: dict[str, Any], data: OfferInput) -> tuple[Any, int, dict[str, str]]:
    """Publish an offer, or propose it when a coordinator has to look at it first."""
    caller = find_caller(session(), WRITE)
    if headers["key"] is None:
        offer = _create(caller, data)
    else:
        body = request.get_data()
        known = claim(session(), caller=caller.digest, key=headers["key"], body=body)
        if known.reference:
            offer = service.find_offer(session(), offer_id=UUID(known.reference))
        else:
            offer = _create(caller, data)
            known.reference = str(offer.id)
    base = runtime.current().settings.site.base_url
    return _own_item(offer), 201, {"Location": f"{base}{PREFIX}/offers/{offer.id}"}


@blueprint.route("/offers/<uuid:identifier>")
@scope(None)
@blueprint.response(200, OfferItem)
def show_offer(identifier: UUID) -> dict[str, Any]:
    """Return an offer of this site: a public one to everyone, any to those who manage it."""
    offer = service.find_offer(session(), offer_id=identifier)
    if not _may_see(offer):
        raise NotFound("There is no such offer.")
    return _own_item(offer)


@blueprint.route("/offers/<uuid:identifier>/withdraw", methods=["POST"])
@scope(WRITE)
@blueprint.response(204)
def withdraw_offer(identifier: UUID) -> Response:
    """Take an offer out of every list, here and on the other sites; twice is once."""
    caller = find_caller(session(), WRITE)
    offer = service.find_offer(session(), offer_id=identifier)
    service.withdraw_offer(session(), offer=offer, actor=caller.member)
    return Response(status=204)


@blueprint.route("/organisations")
@scope(None)
@keeps_page
@blueprint.arguments(PageQuery, location="query", unknown=RAISE)
@blueprint.response(200, OrganisationPage)
def list_organisations(query: dict[str, Any]) -> dict[str, Any]:
    """List every organisation that this site knows."""
    filters = paging.Filters("organisation")
    page = paging.read_page(session(), filters, after=query["after"], limit=query["limit"])
    return {"items": [organisation_item(row) for row in page.rows], "next": page.next}


@blueprint.route("/kinds")
@scope(None)
@keeps_page
@blueprint.response(200, KindList)
def list_kinds() -> dict[str, Any]:
    """List the kinds of help, each with the JSON Schema of its public payload."""
    return {"items": [kind_item(kind) for kind in runtime.current().kinds.values()]}


def _create(caller: Caller, data: OfferInput) -> Offer:
    if caller.member is not None:
        policy.require(caller.member, "directory.propose")
    elif data.organisation_id is None:
        raise BadInput(
            "This token acts for the site, and the site itself offers nothing. Name the "
            "organisation, or use a token of a member: entraide token create --member EMAIL",
            {"organisation": ["Give the id of an organisation of this site."]},
        )
    return service.create_offer(session(), actor=caller.member, data=data)


def _own_item(offer: Offer) -> dict[str, Any]:
    return offer_item(Listing(**offer_row(offer)), offer.publication)


def _may_see(offer: Offer) -> bool:
    if not has_token():
        return _is_public(offer)
    caller = find_caller(session(), WRITE)
    member = caller.member
    return (
        member is None
        or offer.member_id == member.id
        or policy.allowed(member, "directory.manage", offer)
        or _is_public(offer)
    )


def _is_public(offer: Offer) -> bool:
    return is_listed(offer) and offer.verify_by >= clock.today()
