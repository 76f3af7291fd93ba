"""The pages: the items, one's own loans, and what moderators do."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
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
from entraide_frozen import service
from entraide_frozen.models import Item, Loan
from entraide_frozen.schemas import ItemSchema

_ = catalogue(__package__)
blueprint = Blueprint("frozen", __name__, template_folder="templates")
ITEM = ItemSchema()


@blueprint.get("/")
@permission("frozen.list")
def index() -> str:
    """List the items."""
    may_keep = allowed(require_member(), "frozen.keep")
    items = service.items(session())
    return render_template("frozen/items.html", items=items, may_keep=may_keep)


@blueprint.get("/new")
@permission("frozen.keep")
def new() -> str:
    """Show the form of a new item."""
    return render_template("frozen/new.html", form=empty_form(ITEM))


@blueprint.post("/new")
@permission("frozen.keep")
def add() -> Response | tuple[str, int]:
    """Take an item into the list."""
    form = sent_form(ITEM)
    if not form.is_valid:
        return render_template("frozen/new.html", form=form), 422
    session().add(Item(**form.values))
    return done("/frozen/", _("The item is in the list."))


@blueprint.get("/<uuid:item_id>/borrow")
@permission("frozen.borrow")
def ask_borrow(item_id: UUID) -> str:
    """Ask before an item is lent."""
    item = _item(item_id)
    words = [_("You bring it back before it is due.")]
    return ask_first(
        Question(_("Borrow this item?"), item.name, words, _("Yes, I borrow it"), "/frozen/")
    )


@blueprint.post("/<uuid:item_id>/borrow")
@permission("frozen.borrow")
def borrow(item_id: UUID) -> Response:
    """Lend an item to whoever asks."""
    service.borrow(session(), _item(item_id), require_member().id)
    return done("/frozen/loans", _("It is yours until the day that stands beside it."))


@blueprint.get("/<uuid:item_id>/remove")
@permission("frozen.keep")
def ask_remove(item_id: UUID) -> str:
    """Ask before an item goes."""
    item = _item(item_id)
    words = [_("Its loans are forgotten with it.")]
    return ask_first(
        Question(_("Remove this item?"), item.name, words, _("Yes, remove it"), "/frozen/")
    )


@blueprint.post("/<uuid:item_id>/remove")
@permission("frozen.keep")
def remove(item_id: UUID) -> Response:
    """Take an item out of the list."""
    session().delete(_item(item_id))
    return done("/frozen/", _("The item is removed."))


@blueprint.get("/loans")
@permission("frozen.list")
def loans() -> str:
    """List one's own loans."""
    mine = service.loans_of(session(), require_member().id)
    return render_template("frozen/loans.html", loans=mine)


@blueprint.get("/loans/<uuid:loan_id>/give-back")
@permission("frozen.give_back")
def ask_give_back(loan_id: UUID) -> str:
    """Ask whether an item is back."""
    loan = _loan(loan_id)
    words = [_("Others can borrow it from now on.")]
    return ask_first(
        Question(_("Is it back?"), loan.item.name, words, _("Yes, it is back"), "/frozen/loans")
    )


@blueprint.post("/loans/<uuid:loan_id>/give-back")
@permission("frozen.give_back")
def give_back(loan_id: UUID) -> Response:
    """End a loan."""
    service.give_back(_loan(loan_id))
    return done("/frozen/loans", _("Thank you for bringing it back."))


def _item(item_id: UUID) -> Item:
    item = session().get(Item, item_id)
    if item is None:
        raise errors.NotFound
    return item


def _loan(loan_id: UUID) -> Loan:
    loan = session().get(Loan, loan_id)
    if loan is None:
        raise errors.NotFound
    require(require_member(), "frozen.give_back", loan)
    return loan
