"""Commands: members added by whoever runs the site, tokens for programs."""

from __future__ import annotations

import click
from marshmallow import ValidationError, validate

from entraide import audit, database, ids, runtime
from entraide.errors import BadInput
from entraide.members import accounts, service

SCOPES = ("offers:write",)


@click.command("add")
@click.argument("email")
@click.option("--name", default="", help="How the member is called on the site.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(accounts.ROLES), help="Repeatable."
)
def add(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Add a member by e-mail address and grant roles."""
    _check_address(email)
    with database.writing() as session:
        member = accounts.open_account(session, email=email, display_name=name)
        for role in roles:
            accounts.grant_role(session, member=member, role=role, actor=None)
        held = ", ".join(sorted(member.roles)) or "no role"
    click.echo(f"{email}: {held}")


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
            session, actor="command line", action="members.link", subject=concerned,
            person=concerned,
        )  # fmt: skip
    click.echo(f"{runtime.current().settings.site.base_url}/login/{secret}")


def _check_address(email: str) -> None:
    try:
        validate.Email()(accounts.normalise_email(email))
    except ValidationError as error:
        raise BadInput(
            f"{email!r} is not an e-mail address. Write one like parent1@example.org."
        ) from error


@click.group("token")
def token() -> None:
    """Create and revoke tokens of programs."""


@token.command("create")
@click.option("--name", default="", help="What the token is for; a date is added when empty.")
@click.option("--member", "email", default="", help="Act as this member (default: the site).")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=SCOPES[:1],
    help="What the token may do. Default: offers:write.",
)  # fmt: skip
def create(name: str, email: str, scopes: tuple[str, ...]) -> None:
    """Create a token for the API and print it; it cannot be shown again."""
    with database.writing() as session:
        member = accounts.find_member(session, email=email) if email else None
        if email and member is None:
            raise BadInput(f"No member has the address {email}. Add one: entraide members add")
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
