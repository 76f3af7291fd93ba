"""Pages of members: login by a one-time link, logout, the account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from entraide import runtime
from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.members import service
from entraide.members.journal import readings
from entraide.members.models import Member
from entraide.members.schemas import LoginSchema
from entraide.members.sessions import load_data
from entraide.policy import permission, require
from entraide.web import forms
from entraide.web.confirmation import Question, ask_first
from entraide.web.paths import safe_path
from entraide.web.transactions import session
from entraide.web.visitors import require_member, visitor

_ = catalogue("entraide")
blueprint = Blueprint("members", __name__)
LOGIN = LoginSchema()


@blueprint.get("/login")
@permission(None)
def login() -> str:
    """Ask for the address."""
    next_path = safe_path(request.args.get("next", "/"))
    return render_template("members/login.html", form=forms.build(LOGIN), next_path=next_path)


@blueprint.post("/login")
@permission(None)
def send_link() -> str | tuple[str, int]:
    """Send the link; the answer is the same for known and unknown addresses."""
    form = forms.read(LOGIN, request.form)
    next_path = safe_path(request.form.get("next", "/"))
    if not form.is_valid:
        return render_template("members/login.html", form=form, next_path=next_path), 422
    email = form.values["email"]
    token = service.request_link(
        session(), email=email, next_path=next_path, client=request.remote_addr or ""
    )
    site = runtime.current().settings.site
    address = f"{site.base_url}/login/{token}"
    service.send_link(
        session(), email=email, token=token, subject=str(_("Your link")),
        body=str(_("Hello,\n\nhere is your link: %(link)s\n\nIt works once, for 30 minutes. "
                   "You did not ask for it? Then do nothing.\n", link=address)),
    )  # fmt: skip
    return render_template("members/link_sent.html", email=email)


@blueprint.get("/login/<token>")
@permission(None)
def confirm(token: str) -> str | tuple[str, int]:
    """Show a button: mail programs open links by themselves, and must not use them up."""
    try:
        service.peek_link(session(), token=token)
    except NotFound:
        return _link_ended(token)
    return render_template("members/confirm.html", token=token)


@blueprint.post("/login/<token>")
@permission(None)
def enter(token: str) -> Response | tuple[str, int]:
    """Use the link, take a fresh session, keep the draft of the old one."""
    try:
        member, next_path = service.consume_link(session(), token=token)
    except NotFound:
        return _link_ended(token)
    found = visitor()
    data = load_data(session(), token=found.token)
    service.revoke_session(session(), token=found.token)
    service.start_session(session(), token=found.renew(), member=member, data=data)
    found.member = member
    found.say(_("Welcome! You are logged in."))
    return redirect(safe_path(next_path), 303)


@blueprint.post("/logout")
@permission(None)
def logout() -> Response:
    """End the session everywhere this cookie was used."""
    found = visitor()
    service.revoke_session(session(), token=found.token)
    found.renew()
    found.member = None
    found.say(_("You are logged out. See you soon!"))
    return redirect("/", 303)


@blueprint.get("/account")
@permission("members.account")
def account() -> str:
    """Show what the site knows of the member and how to leave."""
    actor = require_member()
    member = session().get_one(Member, actor.id)
    require(actor, "members.account", member)
    contact = runtime.current().settings.site
    return render_template(
        "members/account.html", account=member, contact=contact,
        readings=readings(session(), member.id),
    )  # fmt: skip


@blueprint.get("/account/sessions")
@permission("members.account")
def ask_end_sessions() -> str:
    """Ask before every session ends."""
    return ask_first(
        Question(
            _("Log out everywhere?"), "", [_("Every phone and computer is logged out, this one "
            "too. To come back, ask for a new link.")], _("Yes, log out everywhere"), "/account",
        )
    )  # fmt: skip


@blueprint.post("/account/sessions")
@permission("members.account")
def end_sessions() -> Response:
    """End every session of the member, this one included."""
    actor = require_member()
    service.revoke_everything(session(), member_id=actor.id)
    found = visitor()
    found.renew()
    found.member = None
    found.say(_("You are logged out everywhere."))
    return redirect("/login", 303)


def _link_ended(token: str) -> tuple[str, int]:
    next_path = safe_path(service.next_path_of(session(), token=token))
    return render_template("members/link_ended.html", next_path=next_path), NotFound.status
