"""The name under which a source introduces itself in its discovery document."""

from __future__ import annotations

from entraide import database
from entraide_federation.http import PeerError
from entraide_federation.reading.attempt import SourceReader
from entraide_federation.reading.receiving.envelope import read_envelope
from entraide_federation.reading.refusals import PageRefused
from entraide_federation.store import site_names

PATH = "/.well-known/entraide-federation"


def learn_name(reader: SourceReader) -> None:
    """Ask the source for its name; without an answer it keeps the one that it has."""
    try:
        document = read_envelope(reader.http.get(reader.base, PATH).body, reader)
    except (PeerError, PageRefused):
        return
    with database.writing() as session:
        site_names.learn(session, reader.base, document.get("name"))
