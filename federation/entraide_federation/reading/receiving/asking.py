"""What is answered when Keysets are asked for: the steps in a list, or the whole newest one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entraide_federation.protocol.errors import (
    Conflict,
    HeadRollback,
    KeysetBroken,
    Refusal,
    VersionInFuture,
)
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.reading.attempt import SourceReader
from entraide_federation.reading.receiving.envelope import read_envelope
from entraide_federation.reading.refusals import OriginFrozen, PageRefused

PATH = "/federation/v1/keyset"
DIFFERS, OLDER = "keyset-differs", "keyset-older"


class FromFuture(PageRefused):
    """A Keyset was signed while the clock of its origin was ahead."""

    name, title = "keyset-future", "A Keyset is from the future"


def verify_answered(
    reader: SourceReader,
    origin: str,
    answer: dict[str, Any],
    held: Keyset | None,
    pinned: str | None,
) -> list[Keyset]:
    """Return the Keysets of an answer, each verified to follow from the one before.

    Without a `held` one they begin with the first that the `pinned` root signed. One from the
    future was signed while the clock of its origin was ahead; it is passed over when another one
    follows, which is the way to heal that.
    """
    documents = answer.get("keysets")
    if not isinstance(documents, list):
        raise PageRefused(origin, "the answer has no list of keysets", "envelope")
    answered = _follow_all(reader, origin, documents, held)
    if held is None and pinned and answered:
        return _from_pin(origin, answered, pinned)
    return answered


def _follow_all(
    reader: SourceReader, origin: str, documents: Sequence[Any], held: Keyset | None
) -> list[Keyset]:
    answered, previous, early = [], held, None
    for document in documents:
        try:
            previous = _verified(reader, origin, document, previous)
        except FromFuture as error:
            early = error
        else:
            answered.append(previous)
    if early is not None and not answered:
        raise early
    return answered


def _from_pin(origin: str, answered: list[Keyset], pinned: str) -> list[Keyset]:
    """Return the Keysets for which the pinned root vouches: the one that it signed, and later."""
    signed = [pinned in keyset.fingerprints for keyset in answered]
    if True not in signed:
        sentence = "The pinned root key did not sign this Keyset."
        raise OriginFrozen(origin, sentence, "keyset-broken")
    return answered[signed.index(True) :]


def _verified(reader: SourceReader, origin: str, document: Any, previous: Keyset | None) -> Keyset:
    if not isinstance(document, dict) or document.get("origin") != origin:
        raise PageRefused(origin, "another origin's Keyset was served", "foreign")
    try:
        return reader.verify_keyset(document, previous)
    except HeadRollback as error:
        # An old one is true all the same: it contradicts nothing.
        raise PageRefused(origin, "an older Keyset than ours was served", OLDER) from error
    except Conflict as error:
        raise OriginFrozen(origin, str(error), "keyset-broken") from error
    except VersionInFuture as error:
        raise FromFuture(origin, str(error.detail), error.reason) from error
    except Refusal as error:
        raise PageRefused(origin, str(error.detail), error.reason) from error


def compare_whole(reader: SourceReader, history: Sequence[Keyset]) -> Keyset:
    """Return the Keyset that an origin answers with: the last of `history` or a follower.

    `history` is what is held of its Keysets, in order. Raises OriginFrozen (`keyset-differs`) for
    the keys of somebody else, which no list of later Keysets would show; PageRefused for an older
    one (`keyset-older`) and for a broken answer; PeerError when nobody answers.
    """
    held = history[-1]
    origin = held.origin
    document = _fetch_whole(reader, origin)
    try:
        return reader.verify_keyset(document, previous=held)
    except HeadRollback as error:
        answered = _read_alone(reader, origin, document)
        raise _judge_older(reader, history, answered) from error
    except KeysetBroken as error:
        answered = _read_alone(reader, origin, document)
        sentence = f"{error} It answers with {', '.join(sorted(answered.fingerprints))}"
        raise OriginFrozen(origin, _words(held, sentence), DIFFERS) from error
    except Refusal as error:
        raise PageRefused(origin, str(error.detail), error.reason) from error


def _fetch_whole(reader: SourceReader, origin: str) -> dict[str, Any]:
    document = read_envelope(reader.http.get(origin, PATH).body, reader)
    if document.get("origin") != origin:
        raise PageRefused(origin, "it answers with another origin's Keyset", "foreign")
    return document


def _judge_older(
    reader: SourceReader, history: Sequence[Keyset], answered: Keyset
) -> OriginFrozen | PageRefused:
    """Return what an older Keyset than the held one means: an old answer, or other keys."""
    held = history[-1]
    if reader.are_one_history([*history, answered]):
        return PageRefused(held.origin, "it answers with an older Keyset than ours", OLDER)
    roots = ", ".join(sorted(answered.fingerprints))
    return OriginFrozen(held.origin, _words(held, f"it answers with {roots}"), DIFFERS)


def _read_alone(reader: SourceReader, origin: str, document: dict[str, object]) -> Keyset:
    """Return the Keyset of an answer that stands on its own, whatever is held."""
    try:
        return reader.verify_keyset(document)
    except (KeysetBroken, Refusal) as error:
        raise PageRefused(origin, "its Keyset is not signed well", "keyset") from error


def _words(held: Keyset, what: str) -> str:
    ours = ", ".join(sorted(held.fingerprints))
    return f"the origin itself was asked for its keys: {what}; held here is {ours}"
