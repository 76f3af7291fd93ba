"""Commands under `entraide federation`: suspend, unsuspend, hide, unhide."""

from __future__ import annotations

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import database, record_action
from entraide.errors import BadInput
from entraide_federation.keys import address
from entraide_federation.origins import confirmation
from entraide_federation.protocol import members
from entraide_federation.reading import sources
from entraide_federation.store import finding, kept_back
from entraide_federation.store.models import KeptBack, Origin, SignedObject
from entraide_federation.withholding import decisions

LIST = "List: entraide federation peers"
STILL = "a hub that this site reads keeps it back"


def _check_reason(_context: click.Context, _option: click.Parameter, reason: str) -> str:
    if not members.REASON.fullmatch(reason):
        raise click.BadParameter(
            "is published: write one word of small letters, digits, - and _, like spam."
        )
    if reason in (decisions.REMOVED, decisions.RELAY):
        raise click.BadParameter("is what the site writes itself. Choose another word.")
    return reason


reason_option = click.option(
    "--reason",
    default=decisions.OPERATOR,
    show_default=True,
    callback=_check_reason,
    help="One word that is published, such as spam.",
)


@click.command("suspend")
@click.argument("origin")
@reason_option
def suspend(origin: str, reason: str) -> None:
    """Stop showing and relaying a site at once; its objects are deleted after 30 days."""
    address.require()
    with database.writing() as session:
        known = _find_origin(session, origin)
        decisions.suspend(session, known, reason)
        record_action(session, actor=None, action="federation.suspend", subject=origin)
    click.echo(
        f"{origin}: neither shown nor relayed any more. "
        f"To take it back: entraide federation unsuspend {origin}"
    )


@click.command("unsuspend")
@click.argument("origin")
def unsuspend(origin: str) -> None:
    """Show and relay a suspended site again."""
    address.require()
    with database.writing() as session:
        known = _find_origin(session, origin)
        if known.suspended_at is None:
            raise BadInput(f"{origin} is not suspended. {LIST}")
        decisions.unsuspend(session, known)
        record_action(session, actor=None, action="federation.unsuspend", subject=origin)
    click.echo(f"{origin}: shown and relayed again.")


@click.command("hide")
@click.argument("object_")
@reason_option
def hide(object_: str, reason: str) -> None:
    """Stop showing and relaying one offer or organisation of another site, named by id or page.

    With an organisation go its offers. New versions stay hidden too.
    """
    address.require()
    with database.writing() as session:
        confirmation.lock_feed(session)
        stored, origin = _find_object(session, object_)
        decisions.hide(session, stored, origin, reason)
        record_action(session, actor=None, action="federation.hide", subject=stored.uid)
    click.echo(
        f"{stored.uid}: neither shown nor relayed any more. "
        f"To take it back: entraide federation unhide {stored.uid}"
    )


@click.command("unhide")
@click.argument("object_")
def unhide(object_: str) -> None:
    """Show and relay a hidden object again."""
    address.require()
    with database.writing() as session:
        confirmation.lock_feed(session)
        kept, origin = _find_kept(session, object_)
        uid = kept.uid
        decisions.unhide(session, kept, origin)
        record_action(session, actor=None, action="federation.unhide", subject=uid)
        is_hidden = bool(kept_back.among(session, [uid]))
    state = f"{STILL}." if is_hidden else "shown and relayed again."
    click.echo(f"{uid}: {state}")


def _find_kept(session: Session, named: str) -> tuple[KeptBack, Origin]:
    """Return a decision of this site and whose object it is about, which may be gone meanwhile."""
    kept = session.get(KeptBack, (named, ""))
    if kept is None:
        stored, _origin = _find_object(session, named)
        named = stored.uid
        kept = session.get(KeptBack, (named, ""))
    if kept is None:
        raise BadInput(f"{named} is not hidden by this site. {LIST}")
    if kept.uid == kept.origin:
        raise BadInput(f"{named} is a whole site. Run: entraide federation unsuspend {named}")
    if kept.cause:
        raise BadInput(
            f"{named} is hidden with its organisation. Run: entraide federation unhide {kept.cause}"
        )
    if kept.reason == decisions.RELAY:
        raise BadInput(f"{named}: {STILL}. To show it all the same, list its site as a peer.")
    of_kept = select(Origin).where(Origin.base == kept.origin)
    return kept, session.scalars(of_kept.with_for_update()).one()


def _find_origin(session: Session, base: str) -> Origin:
    if base == sources.own_base():
        raise BadInput("This is this site itself. To stop it, stop its server and its worker.")
    known = confirmation.lock(session, base)
    if known is None:
        raise BadInput(f"{base} is not known here. Write its address as listed. {LIST}")
    return known


def _find_object(session: Session, named: str) -> tuple[SignedObject, Origin]:
    pair = finding.find(session, named)
    if pair is None:
        raise BadInput(
            f"{named} is not known here. Write its id, or the address of its page on this site."
        )
    stored, origin = pair
    if origin.is_own:
        raise BadInput(
            f"{stored.uid} is this site's own. Withdraw it instead: on its page, or "
            f"POST /api/v1/offers/{stored.uid.rpartition('/')[2]}/withdraw"
        )
    session.scalar(select(Origin.id).where(Origin.id == origin.id).with_for_update())
    return stored, origin


COMMANDS = (suspend, unsuspend, hide, unhide)
