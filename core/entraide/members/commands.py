"""Commands: members added by whoever runs the site, tokens for programs."""

from __future__ import annotations

import click
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from entraide import audit, database, ids, runtime, text
from entraide.errors import BadInput, BadText
from entraide.members import accounts, service, suspending
from entraide.members.addresses import check_address
from entraide.members.models import Member
from entraide.members.names import LONGEST, NameSchema

DEFAULT_SCOPE = "offers:write"


@click.command("add")
@click.argument("email")
@click.option("--name", default="", help="How the member is called; asked at login without.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(accounts.ROLES), help="Repeatable."
)
def add(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Add a member by e-mail address and grant roles."""
    _check_address(email)
    called = _read_name(name)
    with database.writing() as session:
        member = accounts.open_account(session, email=email, display_name=called)
        for role in roles:
            accounts.grant_role(session, member=member, role=role, actor=None)
        held = ", ".join(sorted(member.roles)) or "no role"
    click.echo(f"{email}: {held}")


@click.command("revoke")
@click.argument("email")
@click.option(
    "--role",
    required=True,
    type=click.Choice((*accounts.ROLES, suspending.COORDINATOR)),
    help="The role to take back; coordinator: of every association.",
)
def revoke_role(email: str, role: str) -> None:
    """Take a role back: whoever helped by this role alone has no access to families any more."""
    with database.writing() as session:
        member = _member(session, email)
        suspending.revoke_role(session, member=member, role=role, actor=None)
        held = ", ".join(sorted(member.roles)) or "no role"
    click.echo(f"{email}: {held}")


@click.command("suspend")
@click.argument("email")
@click.option("--take-down", is_flag=True, help="Take every offer of the account down for good.")
def suspend(email: str, *, take_down: bool) -> None:
    """Stop an account at once: no login, offers hidden, contacts with families ended."""
    with database.writing() as session:
        member = _member(session, email)
        suspending.suspend(session, member=member, actor=None, is_take_down=take_down)
    click.echo(f"{email}: suspended. Undo: entraide members reinstate {email}")


@click.command("reinstate")
@click.argument("email")
def reinstate(email: str) -> None:
    """Let a suspended account be used again; its hidden offers wait for the team."""
    with database.writing() as session:
        suspending.reinstate(session, member=_member(session, email), actor=None)
    click.echo(f"{email}: reinstated")


@click.command("link")
@click.argument("email")
def link(email: str) -> None:
    """Print a one-time login link, for the first administrator or a lost mailbox."""
    _check_address(email)
    with database.writing() as session:
        secret = service.make_link(session, email=email)
        member = accounts.find_member(session, email=email)
        concerned = member.id if member else accounts.email_index(email)
        audit.record(
            session,
            actor="command line",
            action="members.link",
            subject=concerned,
            person=concerned,
        )
    click.echo(f"{runtime.current().settings.site.base_url}/login/{secret}")


def _check_address(email: str) -> None:
    try:
        check_address(accounts.normalise_email(email))
    except ValidationError as error:
        raise BadInput(
            f"{email!r} is not an e-mail address that mail can reach. Write one like "
            "parent1@example.org."
        ) from error


def _read_name(name: str) -> str:
    try:
        called = text.clean(name, single_line=True)
        return str(NameSchema().load({"name": called})["name"]) if called else ""
    except (BadText, ValidationError) as error:
        raise BadInput(
            f"{name!r} is no name: write one line of at most {LONGEST} signs with letters, no phone "
            "and no address."
        ) from error


def _member(session: Session, email: str) -> Member:
    member = accounts.find_member(session, email=email)
    if member is None:
        raise BadInput(f"No member has the address {email}. Look for a slip in it.")
    return member


@click.group("token")
def token() -> None:
    """Create and revoke tokens of programs."""


@token.command("create")
@click.option("--name", default="", help="What the token is for; made up when empty.")
@click.option("--member", "email", default="", help="Act as this member (default: the site).")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=(DEFAULT_SCOPE,),
    help="What the token may do, repeatable; plugins have scopes of their own. Default: "
    "offers:write.",
)
def create(name: str, email: str, scopes: tuple[str, ...]) -> None:
    """Create a token for the API and print it; it cannot be shown again."""
    with database.writing() as session:
        member = accounts.find_member(session, email=email) if email else None
        if email and member is None:
            raise BadInput(f"No member has the address {email}. Add one: entraide members add")
        if member is not None and member.suspended_at is not None:
            raise BadInput(f"{email} is suspended. First: entraide members reinstate {email}")
        name = name or f"token-{ids.new_token()[:8]}"
        secret = service.create_token(session, name=name, scopes=list(scopes), member=member)
    click.echo(secret)


@token.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke a token by its name, at once."""
    with database.writing() as session:
        if not service.revoke_token(session, name=name):
            raise BadInput(f"No live token is called {name!r}. List them: entraide token list")
    click.echo(f"{name}: revoked")


@token.command("list")
def list_tokens() -> None:
    """List the tokens by name, never their secrets."""
    with database.reading() as session:
        for row in service.list_tokens(session):
            state = "revoked" if row.revoked_at else "live"
            click.echo(f"{row.name}  {' '.join(row.scopes)}  {state}  {row.created_at:%Y-%m-%d}")
