"""The name under which a peer introduces itself: for pages only, unsigned, never believed more."""

from __future__ import annotations

from sqlalchemy import select

from entraide import database, text
from entraide.errors import BadText
from entraide_federation.client.envelope import read_envelope
from entraide_federation.client.reader import Reader
from entraide_federation.client.refusals import PageRefused
from entraide_federation.http import PeerError
from entraide_federation.models import Origin

PATH = "/.well-known/entraide-federation"
LONGEST_NAME = 100


def learn_name(reader: Reader) -> None:
    """Ask the source for its name; without an answer it keeps the one that it has."""
    try:
        document = read_envelope(reader.http.get(reader.base, PATH).body, reader)
        name = text.clean(str(document.get("name", "")), single_line=True)[:LONGEST_NAME]
    except (PeerError, PageRefused, BadText):
        return
    with database.writing() as session:
        origin = session.scalar(select(Origin).where(Origin.base == reader.base))
        if origin is not None:
            origin.name = name
