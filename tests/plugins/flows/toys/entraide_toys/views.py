"""The pages: the list, a form that adds a toy, a page that asks before one is removed."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from entraide import catalogue, errors
from entraide.pages import (
    Question,
    allowed,
    ask_first,
    done,
    empty_form,
    permission,
    require,
    require_member,
    sent_form,
    session,
)
from entraide_toys.models import Toy
from entraide_toys.schemas import ToySchema

_ = catalogue(__package__)
blueprint = Blueprint("toys", __name__, template_folder="templates")
TOY = ToySchema()


@blueprint.get("/")
@permission("toys.list")
def index() -> str:
    """List every toy."""
    actor = require_member()
    toys = session().scalars(select(Toy).order_by(Toy.added_at, Toy.id)).all()
    removable = {toy.id for toy in toys if allowed(actor, "toys.remove", toy)}
    return render_template(
        "toys/list.html",
        toys=toys,
        removable=removable,
        may_add=allowed(actor, "toys.add"),
    )


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
