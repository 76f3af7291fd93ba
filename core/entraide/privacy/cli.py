"""The command of the right of access."""

from __future__ import annotations

import os
from pathlib import Path

import click

from entraide import audit, database
from entraide.errors import BadInput, NotFound
from entraide.privacy.archive import open_archive
from entraide.privacy.export import export_member
from entraide.privacy.ownership import find_identifier


@click.command("export")
@click.option("--member", "email", required=True, help="The member's e-mail address.")
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The ZIP to write; it must not exist yet.",
)
def export_command(email: str, output: Path) -> None:
    """Write everything the site knows about a member into one ZIP."""
    if output.exists():
        raise BadInput(f"{output} exists already. Give another --output.")
    if not os.access(output.absolute().parent, os.W_OK | os.X_OK):
        raise BadInput(f"{output.absolute().parent} cannot be written. Give another --output.")
    with database.reading() as session:
        identifier = find_identifier(open_archive(session), email)
    if identifier is None:
        raise NotFound(f"No member has the address {email}. Check the spelling.")
    with database.writing() as session:
        # Before the file is there: nothing leaves without a trace.
        audit.record(
            session,
            actor="command line",
            action="privacy.export",
            subject=identifier,
            person=identifier,
        )
    with database.reading() as session:
        export_member(session, identifier, output)
    click.echo(f"{output}: everything about {email}. Hand it over safely, then delete it.")
