"""Pages of members: login by a one-time link, logout, the account."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from entraide import database, runtime
from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.members import accounts, codes, drafts, limits, names, service, sessions
from entraide.members.addresses import mask_address
from entraide.members.drafts import Owner
from entraide.members.journal import readings
from entraide.members.models import Member
from entraide.members.schemas import CodeSchema, LoginSchema
from entraide.members.service import Asking
from entraide.policy import permission, require
from entraide.web import clients, forms
from entraide.web.ask_first import Question, ask_first
from entraide.web.forms import Form
from entraide.web.panels import panels_of
from entraide.web.paths import safe_path
from entraide.web.transactions import session
from entraide.web.visitors import current_member, require_member, visitor

_ = catalogue("entraide")
blueprint = Blueprint("members", __name__)
LOGIN, CODE = LoginSchema(), CodeSchema()
MAIL = _(
    "Hello,\n\nhere is your link: %(link)s\n\nIt works once, for 30 minutes.\n\n"
    "Or type this code on the page where you asked for it: %(code)s\n"
    "It works for 10 minutes. Never tell it to anybody.\n\n"
    "You did not ask for it? Then do nothing.\n"
)


@blueprint.get("/login")
@permission(None)
def login() -> str:
    """Ask for the address."""
    next_path = safe_path(request.args.get("next", "/"))
    return render_template("members/login.html", form=forms.build(LOGIN), next_path=next_path)


@blueprint.post("/login")
@permission(None)
def send_link() -> str | tuple[str, int]:
    """Send the link and its code; the answer is the same for known and unknown addresses."""
    form = forms.read(LOGIN, request.form)
    next_path = safe_path(request.form.get("next", "/"))
    if not form.is_valid:
        return render_template("members/login.html", form=form, next_path=next_path), 422
    email, browser = form.values["email"], visitor()
    if browser.member is None:
        # A cookie that somebody else put there must not be what the code is bound to.
        old = browser.token
        sessions.refresh_visit(session(), old=old, fresh=browser.renew(keeps_visit=True))
    token = service.request_link(
        session(),
        email=email,
        next_path=next_path,
        client=clients.client(),
        mark=browser.mark,
        asking=_asking(),
    )
    code = codes.add_code(session(), token=token)
    address = f"{runtime.current().settings.site.base_url}/login/{token}"
    body = str(MAIL) % {"link": address, "code": f"{code[:3]} {code[3:]}"}
    subject = str(_("your login link"))
    service.send_link(session(), email=email, token=token, subject=subject, body=body)
    return _code_page(email, forms.build(CODE))


@blueprint.get("/login/code")
@permission(None)
def ask_code() -> str | Response:
    """Show where the code is typed, while the browser that asked waits for its mail.

    Whoever uses the browser next reads no whole address there.
    """
    link = codes.waiting_link(session(), browser=_asking().browser)
    if link is None:
        return redirect("/login", 303)
    return _code_page(mask_address(link.email), forms.build(CODE))


@blueprint.post("/login/code")
@permission(None)
def enter_code() -> Response | tuple[str, int]:
    """Log in by the code of the mail, in the browser that asked for it."""
    form = forms.read(CODE, request.form)
    with database.reading() as reading:
        link = codes.waiting_link(reading, browser=_asking_in(reading).browser)
    if form.is_valid:
        try:
            entered_link = codes.try_code(
                browser=link.browser if link else "", code=form.values["code"]
            )
            here = _asking().visit_id
            return _enter(*service.use_link(session(), link=entered_link, visit_id=here))
        except NotFound as error:
            form.add_error("code", str(error.detail))
    return _code_page(mask_address(link.email) if link else "", form), 422


@blueprint.get("/login/<token>")
@permission(None)
def confirm(token: str) -> str | tuple[str, int]:
    """Show a button: mail programs open links by themselves, and must not use them up.

    It names the account, and warns when another person is logged in here, or when another
    browser asked for the link.
    """
    try:
        link = service.peek_link(session(), token=token)
    except NotFound:
        return _link_ended(token)
    member, asking = current_member(), _asking()
    owner = accounts.find_member(session(), email=link.email)
    return render_template(
        "members/confirm.html",
        token=token,
        address=mask_address(link.email),
        other=member if member is not None and (owner is None or owner.id != member.id) else None,
        is_from_here=asking.browser == link.browser,
        leaves_drafts=asking.visit_id not in (None, link.visit_id) and _has_drafts(asking.visit_id),
    )


@blueprint.post("/login/<token>")
@permission(None)
def enter(token: str) -> Response | tuple[str, int]:
    """Use the link."""
    try:
        here = _asking().visit_id
        return _enter(*service.consume_link(session(), token=token, visit_id=here))
    except NotFound:
        return _link_ended(token)


def _enter(member: Member, next_path: str) -> Response:
    """Open a fresh session in this browser; whatever the one before held stays where it was."""
    browser = visitor()
    service.revoke_session(session(), token=browser.token)
    service.start_session(session(), token=browser.renew(), member=member)
    browser.member, browser.mark = member, limits.mark_of(member.email)
    browser.say(_("Welcome! You are logged in."))
    if names.must_be_asked(member):
        return redirect(f"/account/name?{urlencode({'next': safe_path(next_path)})}", 303)
    return redirect(safe_path(next_path), 303)


@blueprint.post("/logout")
@permission(None)
def logout() -> Response:
    """End the session everywhere this cookie was used."""
    browser = visitor()
    service.revoke_session(session(), token=browser.token)
    browser.renew()
    browser.member = None
    browser.say(_("You are logged out. See you soon!"))
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
        "members/account.html",
        account=member,
        contact=contact,
        panels=panels_of(member),
        drafts=drafts.count_open(session(), owner=Owner(member_id=member.id)),
        readings=readings(session(), member.id),
    )


@blueprint.get("/account/sessions")
@permission("members.account")
def ask_end_sessions() -> str:
    """Ask before every session ends."""
    return ask_first(
        Question(
            _("Log out everywhere?"),
            "",
            [
                _(
                    "Every phone and computer is logged out, this one "
                    "too. To come back, ask for a new link."
                )
            ],
            _("Yes, log out everywhere"),
            "/account",
        )
    )


@blueprint.post("/account/sessions")
@permission("members.account")
def end_sessions() -> Response:
    """End every session of the member, this one included."""
    actor = require_member()
    service.revoke_everything(session(), member_id=actor.id)
    browser = visitor()
    browser.renew()
    browser.member = None
    browser.say(_("You are logged out everywhere."))
    return redirect("/login", 303)


def _link_ended(token: str) -> tuple[str, int]:
    next_path = safe_path(service.next_path_of(session(), token=token))
    return render_template("members/link_ended.html", next_path=next_path), NotFound.status


def _code_page(email: str, form: Form) -> str:
    is_crowded = limits.is_crowded(session())
    return render_template("members/link_sent.html", email=email, form=form, is_crowded=is_crowded)


def _asking() -> Asking:
    return _asking_in(session())


def _asking_in(current: Session) -> Asking:
    member, token = current_member(), visitor().token
    return sessions.asking_of(current, token=token, member_id=member.id if member else None)


def _has_drafts(visit_id: UUID | None) -> bool:
    return bool(drafts.count_open(session(), owner=Owner(visit_id=visit_id)))
