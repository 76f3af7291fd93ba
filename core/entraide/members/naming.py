"""The page that asks how to call somebody: after their first login, and when they change it."""

from __future__ import annotations

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from entraide.i18n import catalogue
from entraide.members import names
from entraide.members.models import Member
from entraide.members.names import NameSchema
from entraide.members.views import blueprint
from entraide.policy import permission
from entraide.web import forms
from entraide.web.forms import Form
from entraide.web.paths import safe_path
from entraide.web.transactions import session
from entraide.web.visitors import require_member, visitor

_ = catalogue("entraide")
NAME = NameSchema()


@blueprint.get("/account/name")
@permission("members.account")
def ask_name() -> str:
    """Ask how to call the member."""
    return _page(forms.build(NAME, {"name": _own().display_name}), request.args.get("next", ""))


@blueprint.post("/account/name")
@permission("members.account")
def give_name() -> Response | tuple[str, int]:
    """Keep the name; `go=skip` leaves the neutral words until it is given on the account page."""
    next_path = request.form.get("next", "")
    if request.form.get("go") == "skip":
        names.skip(_own())
        return redirect(safe_path(next_path or "/account"), 303)
    form = forms.read(NAME, request.form)
    if not form.is_valid:
        return _page(form, next_path), 422
    names.rename(_own(), form.values["name"])
    visitor().say(_("Thank you. Your name here: %(name)s", name=form.values["name"]))
    return redirect(safe_path(next_path or "/account"), 303)


def _page(form: Form, next_path: str) -> str:
    return render_template("members/name.html", form=form, next_path=next_path)


def _own() -> Member:
    return session().get_one(Member, require_member().id)
