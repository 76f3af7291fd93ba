"""The pages: the list, a form that adds a toy, a page that asks before one is removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from entraide import catalogue, errors
from entraide.pages import (
    Question,
    allowed,
    ask_first,
    done,
    empty_form,
    permission,
    read_list,
    require,
    require_member,
    sent_form,
    session,
)
from entraide_toys.models import Toy
from entraide_toys.schemas import ToyFilterSchema, ToySchema

_ = catalogue(__package__)
blueprint = Blueprint("toys", __name__, template_folder="templates")
TOY, FILTER = ToySchema(), ToyFilterSchema()


@blueprint.get("/")
@permission("toys.list")
def index() -> tuple[str, int]:
    """List the toys, the first ones first; for a child of some age those that are safe."""
    actor = require_member()
    toys = read_list(select(Toy), order=[Toy.added_at], filters=FILTER, narrow=_safe)
    removable = {toy.id for toy in toys.rows if allowed(actor, "toys.remove", toy)}
    page = render_template(
        "toys/list.html",
        toys=toys,
        removable=removable,
        may_add=allowed(actor, "toys.add"),
    )
    return page, toys.status


def _safe(toys: Select[Any], values: Mapping[str, Any]) -> Select[Any]:
    age = values.get("age")
    return toys if age is None else toys.where(Toy.least_age <= age)


@blueprint.get("/new")
@permission("toys.add")
def new() -> str:
    """Show the empty form."""
    return render_template("toys/new.html", form=empty_form(TOY))


@blueprint.post("/new")
@permission("toys.add")
def add() -> Response | tuple[str, int]:
    """Take a toy into the list."""
    form = sent_form(TOY)
    if not form.is_valid:
        return render_template("toys/new.html", form=form), 422
    session().add(Toy(owner_id=require_member().id, **form.values))
    return done("/toys/", _("Your toy is in the list."))


@blueprint.get("/<uuid:toy_id>/remove")
@permission("toys.remove")
def ask_remove(toy_id: UUID) -> str:
    """Ask before a toy is removed."""
    toy = _to_remove(toy_id)
    return ask_first(
        Question(
            _("Remove this toy?"),
            toy.name,
            [_("Nobody finds it in the list any more.")],
            _("Yes, remove it"),
            "/toys/",
        )
    )


@blueprint.post("/<uuid:toy_id>/remove")
@permission("toys.remove")
def remove(toy_id: UUID) -> Response:
    """Remove a toy."""
    session().delete(_to_remove(toy_id))
    return done("/toys/", _("The toy is removed."))


def _to_remove(toy_id: UUID) -> Toy:
    toy = session().get(Toy, toy_id)
    if toy is None:
        raise errors.NotFound
    require(require_member(), "toys.remove", toy)
    return toy
