"""Asking an origin that only a relay named, at its own address, whether its keys are its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import database
from entraide_federation import settings
from entraide_federation.http import PeerClient, PeerError
from entraide_federation.origins import confirmation, dial_budget, forgetting
from entraide_federation.protocol import profile
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.reading.attempt import Reader, open_stranger
from entraide_federation.reading.receiving.envelope import read_envelope
from entraide_federation.reading.receiving.keyring import keep, verify_answered
from entraide_federation.reading.refusals import PageRefused, SourceRefused
from entraide_federation.store import site_names
from entraide_federation.store.models import KeysetVersion, Origin
from entraide_federation.withholding import decisions


def confirm(base: str, http: PeerClient, should_stop: Callable[[], bool]) -> bool:
    """Ask one unconfirmed origin for all its Keysets; return whether it answered with any.

    The same keys confirm it, and what is stored of it is shown at once. Other keys take the place
    of the forged ones, nothing that was signed with those stays, and the relay is named.
    """
    if not _waits(base):
        return False
    reader = open_stranger(base, http, should_stop)
    try:
        answered, name = _ask(reader)
    except (PeerError, SourceRefused):
        return False
    with database.writing() as session:
        _settle(session, base, answered)
        site_names.learn(session, base, name)
    return True


def _waits(base: str) -> bool:
    """Tell whether an origin is known and unconfirmed, and count the question if so."""
    with database.reading() as session:
        origin = session.scalar(select(Origin).where(Origin.base == base))
        if origin is None or origin.is_confirmed or not origin.keyset_version:
            return False
    with database.writing() as session:
        dial_budget.count_dial(session, origin, settings.limits())
    return True


def confirm_due(http: PeerClient, should_stop: Callable[[], bool]) -> int:
    """Ask every unconfirmed origin whose time has come, one after the other; return how many."""
    with database.reading() as session:
        waiting = dial_budget.due(session, settings.limits())
    return sum(confirm(base, http, should_stop) for base, _relay in waiting)


def _ask(reader: Reader) -> tuple[list[Keyset], object]:
    path = f"/federation/v1/keysets?origin={quote(reader.base, safe='')}&after=0"
    answer = read_envelope(reader.http.get(reader.base, path).body, reader)
    answered = verify_answered(reader, reader.base, answer, None, None)
    if not answered:
        raise PageRefused(reader.base, "it answers with no Keyset", "no-keyset")
    return answered, answer.get("name")


def _settle(session: Session, base: str, answered: list[Keyset]) -> None:
    origin = confirmation.lock(session, base)
    if origin is None or origin.is_confirmed:
        return
    if not _agree(_stored(session, origin), answered, origin.root_fingerprint):
        confirmation.accuse(session, origin.base, origin.met_through)
        forgetting.forget(session, origin)
        forgetting.read_relays_again(session)
    keep(session, origin, answered)
    confirmation.accept(session, origin)
    decisions.align(session, origin)


def _stored(session: Session, origin: Origin) -> dict[int, bytes]:
    known = select(KeysetVersion.version, KeysetVersion.body).where(
        KeysetVersion.origin_id == origin.id
    )
    return {row.version: row.body for row in session.execute(known)}


def _agree(stored: Mapping[int, bytes], answered: list[Keyset], root: str | None) -> bool:
    """Tell whether what a relay told and what the origin answers are one history of keys."""
    own = {keyset.version: profile.canonical(keyset.document) for keyset in answered}
    both = stored.keys() & own.keys()
    if any(stored[version] != own[version] for version in both):
        return False
    return bool(both) or any(root in keyset.fingerprints for keyset in answered)
