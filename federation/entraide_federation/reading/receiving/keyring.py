"""The keys of origins: fetched from the source, pinned, followed from version to version."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from entraide import clock, database
from entraide_federation import settings
from entraide_federation.http import PeerError, PeerRefused
from entraide_federation.origins import confirmation, dial_budget
from entraide_federation.protocol import profile, spelling
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.reading.attempt import Known, SourceReader, load_history, load_known
from entraide_federation.reading.receiving.asking import compare_whole, verify_answered
from entraide_federation.reading.receiving.envelope import read_envelope
from entraide_federation.reading.refusals import (
    STUCK,
    OriginFrozen,
    OriginHeld,
    PageRefused,
    SourceRefused,
)
from entraide_federation.store import security_events, site_names
from entraide_federation.store.models import KeysetVersion, Origin, OriginState

MAX_ORIGINS = 5_000
"""Origins that relays may make known here; a relay invents no endless ones."""


class Keyring:
    """The origins that one pull met, with their keys; asks the source for those it lacks."""

    def __init__(self, reader: SourceReader) -> None:
        self._reader = reader
        self._known: dict[str, Known] = {}
        self._asked: set[str] = set()
        self.refused: dict[str, SourceRefused] = {}
        """Origins of which nothing can be taken in this pull, and why."""

    def find(self, origin: str) -> Known | None:
        """Return an origin whose keys are known, without asking anybody."""
        if origin not in self._known:
            with database.reading() as session:
                row = session.scalar(select(Origin).where(Origin.base == origin))
                if row is None or not row.keyset_version:
                    return None
                self._known[origin] = load_known(session, self._reader, row)
        return self._known[origin]

    def need(self, origin: str) -> Known:
        """Return an origin with its keys, fetched from the source at its first contact.

        Raises `PageRefused` without a usable Keyset, `OriginFrozen` for one that contradicts a
        pin, `PeerError` when the source does not answer.
        """
        known = self.find(origin)
        if known is None:
            self.refresh(origin)
            known = self.find(origin)
        if known is None:
            self.refused[origin] = self._explain(origin)
            raise self.refused[origin]
        return known

    def _explain(self, origin: str) -> SourceRefused:
        with database.reading() as session:
            state = session.scalar(select(Origin.state).where(Origin.base == origin))
        if state == OriginState.DROPPED:
            return OriginHeld(origin, "it never answered for itself", STUCK)
        return PageRefused(origin, "its peer serves no Keyset", "no-keyset")

    def refresh(self, origin: str) -> bool:
        """Ask the source once per pull for newer Keysets; tell whether there were any."""
        if origin in self._asked or self._is_dropped(origin):
            return False
        self._asked.add(origin)
        if not spelling.is_origin(origin, development=self._reader.is_development):
            self.refused[origin] = PageRefused(origin[:200], "this is no origin", "origin")
            raise self.refused[origin]
        self._known.pop(origin, None)
        try:
            return _follow(self._reader, origin, self._reader.base)
        except SourceRefused as error:
            self.refused[origin] = self._name_the_liar(origin, error)
            raise self.refused[origin] from error
        except PeerRefused as error:
            if error.problem_name != "unknown-origin":
                raise
            self.refused[origin] = PageRefused(origin, str(error), "no-keyset")
            raise self.refused[origin] from error

    def _name_the_liar(self, origin: str, error: SourceRefused) -> SourceRefused:
        """Return what follows from Keysets that contradict those of an origin: who is to blame.

        A relay can make them for anybody, so the origin itself is asked. One that denies them goes
        on, and the relay is named; without an answer a person has to decide about the origin.
        """
        if not isinstance(error, OriginFrozen) or not self._is_believed_besides(origin):
            return error
        was_known = self.find(origin) is not None
        try:
            # Its list first: the roots may have changed since it was asked last.
            self._follow_itself(origin)
            if was_known:
                self._compare_whole(origin)
        except OriginFrozen as other:
            return other
        except (PeerError, PageRefused):
            # Of what is only pinned nothing is held that could have to be frozen.
            refused = PageRefused(origin, str(error.detail), error.reason)
            return error if was_known else refused
        with database.writing() as session:
            confirmation.accuse(session, origin, self._reader.base)
        sentence = f"it served keys that {origin} denies"
        return PageRefused(self._reader.base, sentence, confirmation.FORGED)

    def _is_believed_besides(self, origin: str) -> bool:
        """Return whether the origin is confirmed, and not the source itself."""
        with database.reading() as session:
            row = session.scalar(select(Origin).where(Origin.base == origin))
            return origin != self._reader.base and row is not None and row.is_confirmed

    def _is_dropped(self, origin: str) -> bool:
        if origin == self._reader.base:
            return False
        with database.reading() as session:
            state = session.scalar(select(Origin.state).where(Origin.base == origin))
        return state == OriginState.DROPPED

    def check_weekly(self, origin: str) -> None:
        """Ask the origin itself for its keys every seven days, whoever relays it (rule 1).

        One whose name is not known is asked every day.
        """
        with database.reading() as session:
            row = session.scalars(select(Origin).where(Origin.base == origin)).one()
        age = timedelta(days=self._reader.limits.keyset_check_days if row.name else 1)
        checked_at = row.keyset_checked_at
        if not row.is_confirmed or checked_at is None or clock.is_within(checked_at, age):
            return
        with database.writing() as session:
            session.execute(
                update(Origin).where(Origin.base == origin).values(keyset_checked_at=clock.now())
            )
        self._ask_itself(origin)

    def _ask_itself(self, origin: str) -> None:
        """Ask for later Keysets, then for the whole newest one; keep what was wrong with either."""
        for ask in (self._follow_itself, self._compare_whole):
            try:
                ask(origin)
            except PeerError:
                continue
            except PageRefused as error:
                _record(origin, error)

    def _follow_itself(self, origin: str) -> None:
        _follow(self._reader, origin, origin)
        self._known.pop(origin, None)

    def _compare_whole(self, origin: str) -> None:
        """Compare what the origin answers as a whole with what is held; take over what follows."""
        self.need(origin)
        with database.reading() as session:
            row = session.scalars(select(Origin).where(Origin.base == origin)).one()
            history = load_history(session, self._reader, row)
        answered = compare_whole(self._reader, history)
        if answered.version > history[-1].version:
            with database.writing() as session:
                _store(session, origin, [answered], relay="")
            self._known.pop(origin, None)


def _follow(reader: SourceReader, origin: str, base: str) -> bool:
    """Fetch the Keysets after the known one and store each that follows from it."""
    with database.reading() as session:
        row = session.scalar(select(Origin).where(Origin.base == origin))
        known = load_known(session, reader, row) if row else None
        pinned = row.root_fingerprint if row else None
    keyset = known.keyset if known else None
    if base == origin and row is not None and keyset is not None and not row.is_confirmed:
        # What follows from keys that only a relay told of proves nothing of those.
        sentence = "a relay told of its keys, and it has not shown its own yet"
        raise PageRefused(origin, sentence, "unconfirmed")
    after = keyset.version if keyset else 0
    path = f"/federation/v1/keysets?origin={quote(origin, safe='')}&after={after}"
    answer = read_envelope(reader.http.get(base, path).body, reader)
    keysets = verify_answered(reader, origin, answer, keyset, pinned)
    _store_answer(origin, base, keysets, answer.get("name"))
    return bool(keysets)


def _store_answer(origin: str, base: str, keysets: list[Keyset], name: object) -> None:
    """Store what the site at `base` answered about an origin: maybe the origin itself."""
    is_direct = base == origin
    with database.writing() as session:
        if keysets:
            _store(session, origin, keysets, relay="" if is_direct else base)
        if is_direct:
            # What a relay calls others proves nothing: each tells its own name.
            site_names.learn(session, origin, name)


def _record(origin: str, error: PageRefused) -> None:
    """Keep for the operator what was wrong with what an origin answered itself."""
    with database.writing() as session:
        security_events.record(
            session, source=origin, origin=origin, name=error.reason, detail=str(error.detail)
        )


def _store(session: Session, origin: str, keysets: list[Keyset], relay: str) -> None:
    row = confirmation.lock(session, origin) or _register(session, origin, relay)
    if not relay:
        confirmation.accept(session, row)
    keep(session, row, keysets)


def keep(session: Session, row: Origin, keysets: list[Keyset]) -> None:
    """Keep the Keysets of an origin that follow from what is known, and pin its first root."""
    for keyset in keysets:
        if keyset.version > row.keyset_version:
            body = profile.canonical(keyset.document)
            session.add(
                KeysetVersion(
                    origin_id=row.id, version=keyset.version, body=body, received_at=clock.now()
                )
            )
            row.keyset_version = keyset.version
    if row.root_fingerprint is None:
        row.root_fingerprint, row.pinned_by = min(keysets[0].fingerprints), "first use"
    # What a relay serves is no answer of the origin's: a hub must not put the weekly question off.
    row.keyset_checked_at = row.keyset_checked_at or clock.now()
    _forget_revoked_heads(row, keysets[-1])


def _register(session: Session, origin: str, relay: str) -> Origin:
    known = session.scalar(select(func.count()).select_from(Origin)) or 0
    most = settings.limits().unconfirmed_per_relay
    if known >= MAX_ORIGINS:
        raise PageRefused(origin, f"more than {MAX_ORIGINS} origins are known", "origins")
    if relay and dial_budget.count_of_relay(session, relay) >= most:
        raise PageRefused(origin, f"{relay} named {most} origins that nobody confirms", "origins")
    row = Origin(base=origin, met_at=clock.now(), met_through=relay)
    session.add(row)
    session.flush()
    return row


def _forget_revoked_heads(row: Origin, keyset: Keyset) -> None:
    """Forget Heads signed by a revoked key: a stolen one must not block its origin (rule 6).

    Objects that the key signed before stay as they are: each was proved when it came, inside a
    set under a Head whose key was good then. From now on nothing signed by that key is taken, in
    a feed or a snapshot, so whoever stole it adds nothing; and its origin has to sign its objects
    again, as new versions, before a snapshot of it is accepted.
    """
    for column in ("head", "witnessed"):
        body = getattr(row, column)
        if body is not None:
            method = orjson.loads(body)["proof"]["verificationMethod"]
            key = keyset.keys.get(method)
            if key is not None and key.revoked_at:
                setattr(row, column, None)
