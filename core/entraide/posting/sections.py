"""The parts of the posting form: fields that the same people will read stand together."""

from __future__ import annotations

from entraide import readers
from entraide.directory.payloads.values import audience_of
from entraide.posting.asking import Asked
from entraide.readers import Reader
from entraide.web.forms import Section

ORDER = {
    "offer": (Reader.EVERYONE, Reader.MEMBER, Reader.PARTICIPANT, Reader.TEAM),
    "request": (Reader.HELPER, Reader.CHOSEN, Reader.ASSOCIATION),
}
"""Who reads something of each side, from the most to the fewest; the first read what every kind
asks: title, words, place."""


def reader_of(asked: Asked, name: str) -> Reader | None:
    """Return who will read a field of the kind; None when nobody does."""
    return readers.reader_of(asked.side, audience_of(asked.kind, name))


def section_for(asked: Asked, reader: Reader) -> Section:
    """Return how the form and the review name a circle of readers."""
    icon, title, note = readers.WORDS[reader]
    organisation = _organisation_of(asked)
    if reader is Reader.TEAM and organisation == "":
        return Section(*readers.OWN_TEAM)
    if reader is Reader.EVERYONE and asked.kind.federated and organisation != "":
        note = readers.ABROAD if organisation is None else readers.PARTNERS
    return Section(icon, title, note)


def _organisation_of(asked: Asked) -> str | None:
    """Return the organisation for which the draft speaks, "" for nobody else, None if not known."""
    if not asked.organisations:
        return ""
    return asked.draft["who"]["organisation"] if "who" in asked.draft else None


def section_of(asked: Asked, name: str) -> Section | None:
    """Return the part of the form in which a field of the kind stands, `name` empty: any other."""
    reader = reader_of(asked, name) if name else ORDER[asked.side][0]
    return section_for(asked, reader) if reader else None
