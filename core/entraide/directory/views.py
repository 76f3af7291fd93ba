"""Pages of the directory: home, find, an offer, its steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import render_template, request
from sqlalchemy import select
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from entraide import i18n, policy, runtime
from entraide.directory import cards, service
from entraide.directory.blueprint import blueprint
from entraide.directory.finding import RADII, WHEN, Found, Wish, current_row, find_offers
from entraide.directory.foreign import foreign_uids
from entraide.directory.models import Listing, Offer, Transition
from entraide.directory.payloads import facets_of, schema_of
from entraide.directory.publishing import uid_of
from entraide.errors import NotFound
from entraide.fields import choices_of
from entraide.i18n import catalogue
from entraide.kinds import Kind
from entraide.policy import permission
from entraide.web.panels import HUB, panels_of
from entraide.web.transactions import session
from entraide.web.visitors import current_member

_ = catalogue("entraide")

HOME_OFFERS = 6
MOST_CHOICES = 60
"""Links that one filter shows at most, whatever a plugin declares."""


@blueprint.get("/")
@permission(None)
def home() -> str:
    """Show the two doors; on a hub, what is near and from which site."""
    wish = Wish.from_query(request.args)
    found = find_offers(session(), wish, size=HOME_OFFERS)
    if "help_requests" not in runtime.current().registry.modules:
        return _hub_home(wish, found)
    return render_template(
        "home.html", search=search_view(wish, found), kinds=_kind_links(wish, found),
        offers=_cards(found),
    )  # fmt: skip


@blueprint.get("/find")
@permission(None)
def find() -> str:
    """Show the offers that fit, filters as links, and what to do when there are none."""
    wish = Wish.from_query(request.args)
    found = find_offers(session(), wish)
    wider = next((radius for radius in RADII if radius > wish.radius), None)
    return render_template(
        "directory/find.html", search=search_view(wish, found), count=found.total,
        filters=_filters(wish, found), offers=_cards(found),
        previous_url=wish.url(page=wish.page - 1) if wish.page > 1 else "",
        next_url=wish.url(page=wish.page + 1) if found.total > wish.page * 20 else "",
        wider_url=wish.url(radius=wider) if wider and found.place else "",
        wider_label=str(_("Search within %(radius)s km", radius=wider)), alert_url="",
    )  # fmt: skip


@blueprint.get("/offers/<uuid:identifier>")
@permission(None)
def own_offer(identifier: UUID) -> str:
    """Show one of our offers: to everyone while it is public, else to those who manage it."""
    row = current_row(session(), uid_of(identifier))
    offer = session().get(Offer, identifier)
    member = current_member()
    if offer is None or (row is None and not policy.allowed(member, "directory.see", offer)):
        raise NotFound(_("This offer is no longer here. Others may help: look at the list."))
    if row is None:
        return render_template("directory/managed_offer.html", **_managed(offer))
    return _offer_page(row, **_managed(offer))


@blueprint.get("/offers/<host>/<uuid:identifier>")
@permission(None)
def offer(host: str, identifier: UUID) -> str:
    """Show an offer of another site, with the way to it."""
    for uid in foreign_uids(host, identifier):
        row = current_row(session(), uid)
        if row is not None and row.origin is not None and row.type == "offer":
            return _offer_page(row)
    raise NotFound(_("This offer is no longer here. Others may help: look at the list."))


@blueprint.post("/offers/<uuid:identifier>/step")
@permission("directory.transition")
def step(identifier: UUID) -> Response:
    """Take one step of an offer's workflow."""
    found = service.find_offer(session(), offer_id=identifier)
    member = current_member()
    if member is None:
        raise NotFound
    service.step_offer(session(), offer=found, actor=member, step=request.form.get("step", ""))
    return redirect(f"/offers/{identifier}", 303)


@blueprint.post("/offers/<uuid:identifier>/withdraw")
@permission("directory.withdraw")
def withdraw(identifier: UUID) -> Response:
    """Take an offer out of every list."""
    found = service.find_offer(session(), offer_id=identifier)
    service.withdraw_offer(session(), offer=found, actor=current_member())
    return redirect("/manage", 303)


def search_view(wish: Wish, found: Found) -> dict[str, Any]:
    """Return what the search form shows."""
    kinds = [(kind.name, str(kind.label)) for kind in runtime.current().kinds.values()]
    is_lost = bool(wish.where) and found.place is None
    others = found.candidates[1:] if found.place and not wish.where.isdigit() else []
    return {
        "q": wish.q, "where": wish.where, "radius": wish.radius, "kind": wish.kind,
        "when": wish.when,
        "radius_choices": [(radius, f"{radius} km") for radius in RADII],
        "kind_choices": kinds,
        "when_choices": [(code, str(label)) for code, label, _days in WHEN],
        "place_name": f"{found.place.name} ({found.place.department})" if found.place else "",
        "place_choices": [
            {"label": f"{place.name} ({place.department})", "url": wish.url(where=place.code)}
            for place in others[:5]
        ],
        "place_problem": (
            str(_("We do not know this place. Write a commune or a postal code."))
            if is_lost else ""
        ),
    }  # fmt: skip


def _hub_home(wish: Wish, found: Found) -> str:
    wider = next((radius for radius in RADII if radius > wish.radius), None)
    return render_template(
        "directory/hub_home.html", search=search_view(wish, found), count=found.total,
        kinds=_kind_links(wish, found), origins=[], offers=_cards(found),
        more_url=wish.url(), wider_url=wish.url("/", radius=wider) if wider and found.place else "",
        wider_label=str(_("Search within %(radius)s km", radius=wider)), panels=panels_of(HUB),
    )  # fmt: skip


def _offer_page(row: Listing, **managed: Any) -> str:
    kind = runtime.current().kinds.get(row.kind or "")
    return render_template(
        "directory/offer.html", offer=cards.offer_page(row), panels=panels_of(row),
        contact_url=_contact_url(row, kind),
        proof_url=row.uid if row.origin or _is_federated(row, kind) else "", **({"manages": False, "steps": [], "history": []} | managed),
    )  # fmt: skip


def _contact_url(row: Listing, kind: Kind | None) -> str:
    # Elsewhere one asks on the site of origin; here by a request that its association answers.
    takes_requests = "help_requests" in runtime.current().registry.modules
    if row.origin is None and takes_requests and kind and "request" in kind.sides:
        return f"/post/request?kind={kind.name}"
    return row.contact_url or ""


def _is_federated(row: Listing, kind: Kind | None) -> bool:
    return bool(row.organisation and kind and kind.federated)


def _managed(offer: Offer) -> dict[str, Any]:
    member = current_member()
    manages = policy.allowed(member, "directory.manage", offer)
    workflow = service.workflow_of(offer)
    steps = list(workflow.steps(offer.state)) if workflow and manages else []
    history = session().scalars(
        select(Transition).where(Transition.offer_id == offer.id).order_by(Transition.happened_at)
    )
    return {
        "managed": offer,
        "manages": manages,
        "steps": [(name, str(workflow.labels.get(name, name))) for name in steps if workflow],
        "history": [
            {"label": str(workflow.labels.get(one.step, one.step)), "happened_at": one.happened_at}
            for one in history
            if workflow and manages
        ],
    }


def _cards(found: Found) -> list[dict[str, Any]]:
    return [cards.offer_card(row, found.distances.get(row.uid)) for row in found.rows]


def _kind_links(wish: Wish, found: Found) -> list[dict[str, Any]]:
    return [
        {
            "label": str(kind.label), "icon": kind.icon, "count": found.by_kind.get(kind.name, 0),
            "url": wish.url(kind=kind.name),
        }
        for kind in runtime.current().kinds.values()
    ]  # fmt: skip


def _filters(wish: Wish, found: Found) -> list[dict[str, Any]]:
    kinds = [
        {"label": i18n.gettext("All"), "url": wish.url(kind=""), "is_current": not wish.kind,
         "count": None},
        *(
            {"label": link["label"], "url": link["url"], "count": link["count"],
             "is_current": f"kind={wish.kind}" in link["url"] and bool(wish.kind)}
            for link in _kind_links(wish, found)
        ),
    ]  # fmt: skip
    chosen = runtime.current().kinds.get(wish.kind)
    facets = [_facet(wish, chosen, name) for name in facets_of(chosen)] if chosen else []
    return [{"label": str(_("Kind of help")), "options": kinds}, *facets]


def _facet(wish: Wish, kind: Kind, name: str) -> dict[str, Any]:
    one = schema_of(kind.schema).fields[name]
    key = f"{kind.name}.{name}"
    current = wish.facets.get(key, "")
    choices = [("", i18n.gettext("All")), *choices_of(one)[:MOST_CHOICES]]
    options = [
        {"label": str(label), "url": wish.url(**{key: value}), "is_current": value == current}
        for value, label in choices
    ]
    return {"label": str(one.metadata.get("label", name)), "options": options}
