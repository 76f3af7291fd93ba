"""The name under which a source introduces itself in its discovery document."""

from __future__ import annotations

from entraide import database
from entraide_federation import site_names
from entraide_federation.client.envelope import read_envelope
from entraide_federation.client.reader import Reader
from entraide_federation.client.refusals import PageRefused
from entraide_federation.http import PeerError

PATH = "/.well-known/entraide-federation"


def learn_name(reader: Reader) -> None:
    """Ask the source for its name; without an answer it keeps the one that it has."""
    try:
        document = read_envelope(reader.http.get(reader.base, PATH).body, reader)
    except (PeerError, PageRefused):
        return
    with database.writing() as session:
        site_names.learn(session, reader.base, document.get("name"))
