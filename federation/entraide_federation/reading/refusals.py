"""What a reader refuses of a source: typed errors with a short code for logs and pages."""

from __future__ import annotations

from entraide.errors import EntraideError

STUCK = "stuck"
"""Code of what is refused because a person has to decide first: known, so it is no news."""

DECIDE = " (a person decides: entraide federation peers)"
"""Ends every message about what only a person's release ends."""


class SourceRefused(EntraideError):
    """Base of what makes a reader store nothing of a source, or nothing of one of its origins.

    `reason` is a short stable code; `origin` is whose objects are concerned.
    """

    name, status, title = "source-refused", 502, "What a peer serves was refused"
    hint = ""

    def __init__(self, origin: str, detail: str, reason: str = "") -> None:
        self.origin = origin
        self.reason = reason or self.name
        super().__init__(f"{origin}: {detail}{self.hint}", origin=origin, reason=self.reason)


class ItemRefused(SourceRefused):
    """One object is not authentic; the reason names the broken rule."""

    name, title = "item-refused", "An object is not authentic"


class PageRefused(SourceRefused):
    """A page or snapshot is not built as the protocol says."""

    name, title = "page-refused", "An answer is not built as the protocol says"


class RootMismatch(SourceRefused):
    """The objects do not give the signed root: something was added, hidden or changed."""

    name, title = "root-mismatch", "The objects do not give the signed root"


class HeadMissing(SourceRefused):
    """Objects came without the signed Head that proves them complete."""

    name, title = "head-missing", "The signed Head is missing"


class OriginHeld(SourceRefused):
    """A person has to look before anything of this origin changes here."""

    name, status, title = "origin-held", 409, "A person has to decide about this origin"
    hint = DECIDE


class OriginFrozen(SourceRefused):
    """An origin contradicts what it signed before; its last good state stays."""

    name, status, title = "origin-frozen", 409, "This origin contradicts itself"
    hint = DECIDE


class SourceFrozen(SourceRefused):
    """A source delivers what nobody signed; nothing of it counts until a person releases it."""

    name, status, title = "source-frozen", 409, "This peer delivers forged objects"
    hint = DECIDE


class ResyncNeeded(SourceRefused):
    """The change feed cannot continue here; the snapshot can."""

    name, title = "resync", "The change feed cannot continue"


class Stopped(Exception):
    """The worker was asked to stop in the middle of a pull: nothing happened."""


def code_of(error: EntraideError) -> str:
    """Return the short code of an error: the rule it names, else its kind."""
    reason = getattr(error, "reason", "")
    return reason if isinstance(reason, str) and reason else error.name
