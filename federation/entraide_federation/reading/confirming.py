"""Asking an origin that only a relay named, at its own address, whether its keys are its own."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import database
from entraide_federation import settings
from entraide_federation.http import PeerClient, PeerError
from entraide_federation.origins import confirmation, dial_budget, forgetting
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.reading.attempt import SourceReader, load_history, open_stranger
from entraide_federation.reading.receiving.asking import verify_answered
from entraide_federation.reading.receiving.envelope import read_envelope
from entraide_federation.reading.receiving.keyring import keep
from entraide_federation.reading.refusals import PageRefused, SourceRefused
from entraide_federation.store import site_names
from entraide_federation.store.models import Origin
from entraide_federation.withholding import decisions


def confirm(base: str, http: PeerClient, should_stop: Callable[[], bool]) -> bool:
    """Ask one unconfirmed origin for all its Keysets; return whether it answered with any.

    The same keys confirm it, and what is stored of it is shown at once. Other keys replace the
    forged ones and all that these signed, and the relay is named.
    """
    if not _waits(base):
        return False
    reader = open_stranger(base, http, should_stop)
    try:
        answered, name = _ask(reader)
    except (PeerError, SourceRefused):
        return False
    with database.writing() as session:
        _settle(session, reader, answered)
        site_names.learn(session, base, name)
    return True


def _waits(base: str) -> bool:
    """Return whether an origin is known and unconfirmed, and count the question if so."""
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


def _ask(reader: SourceReader) -> tuple[list[Keyset], object]:
    path = f"/federation/v1/keysets?origin={quote(reader.base, safe='')}&after=0"
    answer = read_envelope(reader.http.get(reader.base, path).body, reader)
    if answered := verify_answered(reader, reader.base, answer, None, None):
        return answered, answer.get("name")
    raise PageRefused(reader.base, "it answers with no Keyset", "no-keyset")


def _settle(session: Session, reader: SourceReader, answered: list[Keyset]) -> None:
    origin = confirmation.lock(session, reader.base)
    if origin is None or origin.is_confirmed:
        return
    relayed = load_history(session, reader, origin)
    if not reader.are_one_history([*relayed, *answered]):
        confirmation.accuse(session, origin.base, origin.met_through)
        forgetting.forget(session, origin)
        forgetting.read_relays_again(session)
    elif relayed and relayed[-1].version < answered[0].version:
        # Nobody can tell any more whether the origin ever had the keys that it was read by.
        forgetting.forget_objects(session, origin)
        forgetting.read_relays_again(session)
    keep(session, origin, answered)
    confirmation.accept(session, origin)
    decisions.align(session, origin)
