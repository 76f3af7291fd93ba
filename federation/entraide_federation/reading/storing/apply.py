"""One transaction: verified groups, what was refused of the others, and where the source stands."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock
from entraide_federation.protocol import heads, profile
from entraide_federation.protocol.keysets import Keyset
from entraide_federation.reading.attempt import Known, SourceReader, load_known
from entraide_federation.reading.receiving.groups import Group, keys_of
from entraide_federation.reading.refusals import (
    STUCK,
    ItemRefused,
    OriginFrozen,
    OriginHeld,
    ResyncNeeded,
    SourceRefused,
    code_of,
)
from entraide_federation.reading.states import Decision, Outcome, decide
from entraide_federation.reading.storing.plan import Lagging, make_plan
from entraide_federation.reading.storing.write import write_erasures, write_plan
from entraide_federation.store import numbering, security_events
from entraide_federation.store.models import KeysetVersion, Origin, OriginState, Source, SourceState

JITTER = random.SystemRandom()
"""Readers must not come back all at once."""


class KeysReplaced(ResyncNeeded):
    """The keys of an origin were replaced while it was read: the next pull has the new ones."""

    name, title = "keys-replaced", "The keys were replaced meanwhile"


@dataclass
class Applied:
    """What a transaction did: how many objects changed, and which groups were refused why."""

    objects: int = 0
    refused: list[SourceRefused] = field(default_factory=list)


def apply_groups(session: Session, reader: SourceReader, groups: Sequence[Group]) -> Applied:
    """Verify each group and store it; a refused one changes nothing but its origin's state.

    The own row first, then origins in one order: two writers never wait for each other.
    """
    applied = Applied()
    if reader.is_hub and groups:
        numbering.lock_own(session)
    locked = []
    for group in sorted(groups, key=lambda group: group.origin):
        # Only what is read under the lock counts.
        origin = session.get_one(
            Origin, group.known.id, with_for_update=True, populate_existing=True
        )
        locked.append((group, origin))
    # What a relay says that it withholds explains the roots of the others.
    for group, origin in sorted(locked, key=lambda pair: pair[0].origin != reader.base):
        _apply_group(session, reader, group, origin, applied)
    return applied


def _apply_group(
    session: Session, reader: SourceReader, group: Group, origin: Origin, applied: Applied
) -> None:
    known = load_known(session, reader, origin)
    try:
        _require_keys(session, group, known)
        plan = make_plan(session, reader, group, known)
    except Lagging:
        return
    except KeysReplaced as error:
        # Nothing that these keys signed counts, not even an erasure.
        applied.refused.append(error)
        return
    except SourceRefused as error:
        applied.refused.append(error)
        applied.objects += write_erasures(session, reader, origin, group)
        note_refusal(session, reader, origin, error)
    else:
        applied.objects += write_plan(session, reader, origin, plan)
        if group.broken is not None:
            _note_broken(session, reader, origin, group.broken)
    _witness(group, origin, known.witnessed)


def _note_broken(
    session: Session, reader: SourceReader, origin: Origin, broken: ItemRefused
) -> None:
    """Let the operator know of an item that hides itself alone, because the root holds."""
    security_events.record(
        session,
        source=reader.base,
        origin=origin.base,
        name=broken.reason,
        detail=str(broken.detail),
    )


def _require_keys(session: Session, group: Group, known: Known) -> None:
    """Raise `KeysReplaced` when the keys that proved a group are the origin's no more.

    A relay may answer so slowly that the origin itself has denied the keys that it told of, or
    revoked one, between the first line and the last.
    """
    used, held = keys_of(group), known.keyset
    if known.state in OriginState.EMPTY or (held is not None and held.document == used.document):
        return
    of_version = KeysetVersion.origin_id == known.id, KeysetVersion.version == used.version
    body = session.scalar(select(KeysetVersion.body).where(*of_version))
    is_ours = held is not None and body == profile.canonical(used.document)
    if held is None or not is_ours or _revoked(held) - _revoked(used):
        raise KeysReplaced(group.origin, "its keys were replaced while it was read")


def _revoked(keyset: Keyset) -> set[str]:
    return {name for name, key in keyset.keys.items() if key.revoked_at}


def _witness(group: Group, origin: Origin, witnessed: heads.Head | None) -> None:
    """Remember the highest Head that the origin has validly signed."""
    head = group.head
    if head is None or origin.state == OriginState.FROZEN or origin.state in OriginState.EMPTY:
        return
    if witnessed is None or head.epoch != witnessed.epoch or head.seq >= witnessed.seq:
        origin.witnessed = profile.canonical(head.document)


def note_refusal(
    session: Session, reader: SourceReader, origin: Origin | None, error: SourceRefused
) -> None:
    """Leave a refusal where the operator sees it: on the origin, and among the events."""
    code = code_of(error)
    if code == STUCK or isinstance(error, ResyncNeeded):
        return
    if origin is not None and origin.state != OriginState.FROZEN:
        origin.reason = code
        if isinstance(error, OriginFrozen):
            origin.state = OriginState.FROZEN
        elif isinstance(error, OriginHeld):
            origin.state = OriginState.HELD
    security_events.record(
        session, source=reader.base, origin=error.origin, name=code, detail=str(error.detail)
    )


def settle(session: Session, reader: SourceReader, outcome: Outcome) -> Decision:
    """Write where the source stands now, in the transaction of what it brought."""
    source = session.get_one(Source, reader.base, with_for_update=True)
    now = clock.now()
    decision = decide(
        reader.standing,
        outcome,
        started_at=reader.now,
        now=now,
        limits=reader.limits,
        chance=JITTER.random(),
    )
    _write_down(source, outcome, decision, now)
    return decision


def _write_down(source: Source, outcome: Outcome, decision: Decision, now: datetime) -> None:
    source.state, source.failures = decision.state.value, decision.failures
    source.cursor, source.etag, source.next_at = decision.cursor, decision.etag, decision.next_at
    if outcome.error:
        source.error_name, source.error, source.error_at = outcome.error_name, outcome.error, now
    elif decision.failures == 0 and decision.state is not SourceState.FROZEN:
        source.error_name = source.error = ""
    if decision.failures == 0:
        source.last_success_at = now
    if outcome.objects:
        source.last_changed_at = now
