"""The child of `entraide serve --dev`: one trial site, from its tables to its pages."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import select

from entraide import database, runtime, seeding, serving
from entraide.errors import ConfigurationError, EntraideError
from entraide.kit.developing.hook_panel import open_with_panel
from entraide.kit.developing.trial_folder import read_trial
from entraide.members import service
from entraide.members.models import Member
from entraide.preparing import prepare, run_plugin_inits
from entraide.runtime import Runtime

MOST_LINKS = 5


def serve_trial(folder: Path, *, greets: bool) -> None:
    """Bring tables up to date, load the examples once, serve with the panel of hooks."""
    read_trial(folder)
    site = prepare(folder)
    # One process does everything, so that one restart renews everything.
    server = dataclasses.replace(site.settings.server, worker="embedded")
    site.settings = dataclasses.replace(site.settings, server=server)
    with runtime.activate(site):
        if greets:
            run_plugin_inits(folder / "recovery-sheet.txt")
        seeding.seed()
        for name, reason in site.registry.quarantined.items():
            click.echo(f"Plugin {name} is set aside: {reason}", err=True)
        if greets:
            greet(site)
        serving.serve(site, open_with_panel)


def greet(site: Runtime) -> None:
    """Print the addresses, and a login link for each of the first members."""
    base = site.settings.site.base_url
    click.echo(f"\n{base}/  (mails: {base}/mailbox)\nLog in (each link works once):")
    with database.writing() as session:
        query = select(Member).where(Member.email.is_not(None)).order_by(Member.id)
        for member in session.scalars(query.limit(MOST_LINKS)).all():
            token = service.make_link(session, email=str(member.email))
            click.echo(f"  {member.shown_name}: {base}/login/{token}")
    click.echo("A changed file of a plugin or of the core starts the site anew. Ctrl-C ends it.\n")


def main(arguments: Sequence[str]) -> int:
    """Serve the folder of the first argument once a word comes in; return the process's status.

    "go", or "greet" to print links too; none comes from a parent that is gone.
    """
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    serving.configure_logging()
    if not (word := sys.stdin.read().strip()):
        return 0
    try:
        serve_trial(Path(arguments[0]), greets=word == "greet")
    except ConfigurationError as error:
        click.echo("\n".join(error.mistakes), err=True)
        return 1
    except EntraideError as error:
        click.echo(str(error), err=True)
        return 1
    return 0


def _end_with(parent: int) -> None:
    # A parent that is killed cannot stop its child.
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
