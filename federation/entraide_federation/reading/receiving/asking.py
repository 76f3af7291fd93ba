"""Asking an origin itself for its whole Keyset, and comparing it with what is held here."""

from __future__ import annotations

from entraide_federation.protocol.errors import HeadRollback, KeysetBroken, Refusal
from entraide_federation.protocol.keysets import Keyset, verify_keyset
from entraide_federation.reading.attempt import Reader
from entraide_federation.reading.receiving.envelope import read_envelope
from entraide_federation.reading.refusals import OriginFrozen, PageRefused

PATH = "/federation/v1/keyset"
DIFFERS, OLDER = "keyset-differs", "keyset-older"


def compare_whole(reader: Reader, held: Keyset) -> Keyset:
    """Return the Keyset that the origin of `held` answers with: `held` itself or a follower.

    Raises OriginFrozen (`keyset-differs`) for the keys of somebody else, which no list of later
    Keysets would show; PageRefused for an older one (`keyset-older`) and for a broken answer;
    PeerError when nobody answers.
    """
    origin = held.origin
    document = read_envelope(reader.http.get(origin, PATH).body, reader)
    if document.get("origin") != origin:
        raise PageRefused(origin, "it answers with another origin's Keyset", "foreign")
    try:
        return verify_keyset(
            document, now=reader.now, previous=held, development=reader.is_development,
            limits=reader.limits,
        )  # fmt: skip
    except HeadRollback as error:
        _forbid_other_root(reader, held, document)
        raise PageRefused(origin, "it answers with an older Keyset than ours", OLDER) from error
    except KeysetBroken as error:
        _forbid_other_root(reader, held, document)
        raise OriginFrozen(origin, _words(held, str(error)), DIFFERS) from error
    except Refusal as error:
        raise PageRefused(origin, str(error.detail), error.reason) from error


def _forbid_other_root(reader: Reader, held: Keyset, document: dict[str, object]) -> None:
    """Raise when the answer stands on its own, under a root that we never pinned."""
    try:
        answered = verify_keyset(
            document, now=reader.now, development=reader.is_development, limits=reader.limits
        )
    except (KeysetBroken, Refusal) as error:
        raise PageRefused(held.origin, "its Keyset is not signed well", "keyset") from error
    if answered.fingerprints.isdisjoint(held.fingerprints):
        told = ", ".join(sorted(answered.fingerprints))
        raise OriginFrozen(held.origin, _words(held, f"it answers with {told}"), DIFFERS)


def _words(held: Keyset, what: str) -> str:
    ours = ", ".join(sorted(held.fingerprints))
    return f"the origin itself was asked for its keys: {what}; held here is {ours}"
