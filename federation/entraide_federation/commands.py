"""Commands under `entraide federation`: init, check-sheet, renew, heal, head, peers, pull, release, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, database
from entraide.errors import BadInput
from entraide_federation import reading, withholding_commands
from entraide_federation.keys import address, identity, own_keys, recovery_sheet
from entraide_federation.protocol import proofs
from entraide_federation.publishing import healing, renewal
from entraide_federation.reading import peers as peer_rows
from entraide_federation.reading import sources
from entraide_federation.reading.pull import open_client
from entraide_federation.settings import current
from entraide_federation.store import verification
from entraide_federation.store.models import Origin, Source

as_json = click.option("--json", "is_json", is_flag=True, help="One JSON object per line.")


@click.command("init")
@click.option(
    "--recovery-sheet",
    type=click.Path(path_type=Path),
    help="Where to write the recovery sheet (default: it is printed, once).",
)
def init(recovery_sheet: Path | None) -> None:
    """Make this site's keys and print the recovery sheet; with keys already, change nothing.

    With keys that end within a year, a sheet that still lies in the file renews them.
    """
    address.require()
    words = identity.initialise(recovery_sheet)
    with database.writing() as session:
        identity.ensure_own(session)
        is_ending = _is_ending(session)
    if not words:
        click.echo("This site has its federation keys already.")
        if is_ending and recovery_sheet is not None and recovery_sheet.exists():
            _renew(recovery_sheet.read_text("utf-8", "replace"))
    elif recovery_sheet is None:
        click.echo(words)
    else:
        click.echo(f"{recovery_sheet}: print this recovery sheet, then delete the file.")


@click.command("check-sheet")
@click.argument("sheet", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def check_sheet(sheet: Path) -> None:
    """Return whether a recovery sheet, typed into a file, is the one of this site."""
    key = proofs.generate_key(recovery_sheet.read(sheet.read_text("utf-8", "replace")))
    with database.reading() as session:
        pinned = session.scalar(select(Origin.root_fingerprint).where(Origin.is_own))
    if proofs.root_fingerprint(proofs.public_key(key)) != pinned:
        raise BadInput("The sheet is readable, but it belongs to another site.")
    click.echo("This is the recovery sheet of this site.")


@click.command("renew")
@click.argument(
    "sheet", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def renew(sheet: Path | None) -> None:
    """Renew the keys of this site for ten years with the recovery SHEET, a file or typed.

    The keys stay the same, so that everything signed before stays good. Other sites follow at
    their next poll.
    """
    words = _ask_sheet() if sheet is None else sheet.read_text("utf-8", "replace")
    _renew(words)
    if sheet is not None:
        click.echo(f"{sheet}: put the sheet away again, then delete this file.")


def _ask_sheet() -> str:
    """Return what is typed of a sheet: its two lines one after the other, or both on one.

    A second line that nobody reads here would be typed into the shell, and stay in its history.
    """
    words: str = click.prompt("The first line of letters of the recovery sheet", hide_input=True)
    if recovery_sheet.is_part(words):
        words += "\n" + click.prompt("The second line", hide_input=True)
    return words


def _renew(words: str) -> None:
    click.echo(f"The keys of this site are good until {renewal.renew(words):%Y-%m-%d}.")


def _is_ending(session: Session) -> bool:
    held = own_keys.load_own(session)
    return held is not None and held.is_ending(clock.now())


@click.command("heal")
def heal() -> None:
    """Take out of this site's feed what a start under another address left in it."""
    address.require()
    identity.forbid_lost_keys()
    with database.writing() as session:
        identity.ensure_own(session)
        count = healing.heal(session)
    click.echo(
        f"{count} objects of another address were taken out." if count else "Nothing to heal."
    )


@click.command("head")
def head() -> None:
    """Print this site's signed Head."""
    with database.reading() as session:
        body = session.scalar(select(Origin.head).where(Origin.is_own))
    if body is None:
        raise BadInput("Nothing is published yet. Start the worker: entraide worker")
    click.echo(body.decode())


@click.command("peers")
@as_json
def peers(*, is_json: bool) -> None:
    """List the sites that this one reads, itself or through a hub: state, last error, pinned key."""
    address.require()
    with database.writing() as session:
        sources.sync_configured(session, sources_table())
    with database.reading() as session:
        rows = peer_rows.describe_peers(session)
    for row in rows:
        words = "  ".join(str(value) for value in row.values() if value not in (None, ""))
        click.echo(orjson.dumps(row) if is_json else words)


@click.command("pull")
@click.argument("base", required=False)
@as_json
def pull(base: str | None, *, is_json: bool) -> None:
    """Read every peer now, or the one named; fail when one of them cannot be read."""
    address.require()
    known = [peer.base for peer in current().peers]
    if base is not None and base not in known:
        raise BadInput(f"{base} is not a peer of this site. Peers: {', '.join(known) or 'none'}.")
    with database.writing() as session:
        sources.sync_configured(session, sources_table())
    has_failed = False
    for peer in [base] if base else known:
        outcome = reading.pull_source(peer)
        has_failed = has_failed or bool(outcome.error)
        row = {"base": peer, "outcome": outcome.kind.name.lower(), "error": outcome.error}
        click.echo(orjson.dumps(row) if is_json else "  ".join(filter(None, row.values())))
    with open_client() as http:
        reading.confirm_due(http, lambda: False)
    if has_failed:
        raise SystemExit(1)


@click.command("release")
@click.argument("base")
def release(base: str) -> None:
    """Accept what a peer or an origin did (removals that are held, a freeze) and read it again."""
    address.require()
    with database.writing() as session:
        is_known = session.get(Source, base) is not None or session.scalar(
            select(Origin.id).where(Origin.base == base)
        )
        if not is_known:
            raise BadInput(f"{base} is not known here. List: entraide federation peers")
        sources.release(session, base)
    click.echo(f"{base}: will be read again from its snapshot.")


@click.command("verify")
@as_json
def verify(*, is_json: bool) -> None:
    """Recompute the root of every origin stored here and compare it with its signed Head."""
    with database.reading() as session:
        checks = verification.check_roots(session)
    for check in checks:
        row = {
            "origin": check.origin,
            "ok": check.is_equal,
            "objects": check.objects,
            "root": check.root,
        }
        state = "ok" if check.is_equal else "DIFFERS FROM ITS HEAD"
        click.echo(
            orjson.dumps(row) if is_json else f"{check.origin}  {check.objects} objects  {state}"
        )
    if not all(check.is_equal for check in checks):
        raise SystemExit(1)


def sources_table() -> dict[str, Any]:
    """Return the peers of the settings as `sources.sync_configured` takes them."""
    return {"peers": [vars(peer) for peer in current().peers]}


COMMANDS = (
    init,
    check_sheet,
    renew,
    heal,
    head,
    peers,
    pull,
    release,
    verify,
    *withholding_commands.COMMANDS,
)
