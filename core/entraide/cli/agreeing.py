"""Asking before something is done, and saying that it was not."""

from __future__ import annotations

import click

from entraide.errors import Refused


def require_yes(question: str) -> None:
    """Ask, and go on after a yes; raises Refused, with its words, after a no and at the end of input."""
    try:
        is_agreed = click.confirm(question)
    except click.Abort as end:
        click.echo()
        raise Refused("Nothing was changed.") from end
    if not is_agreed:
        raise Refused("Nothing was changed.")
