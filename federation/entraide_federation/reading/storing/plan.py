"""What a received group would change here, decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from entraide_federation.protocol import heads
from entraide_federation.protocol.errors import EpochFork, HeadRollback, Refusal
from entraide_federation.protocol.objects import Counted
from entraide_federation.protocol.superseding import supersedes
from entraide_federation.reading.attempt import Known, SourceReader
from entraide_federation.reading.receiving.groups import Group
from entraide_federation.reading.refusals import (
    STUCK,
    HeadMissing,
    ItemRefused,
    OriginFrozen,
    OriginHeld,
    ResyncNeeded,
    RootMismatch,
    SourceRefused,
)
from entraide_federation.reading.storing.rows import Row, load_rows, row_of
from entraide_federation.store import kept_back
from entraide_federation.store.kept_back import Elements
from entraide_federation.store.models import OriginState, SourceState


@dataclass
class Plan:
    """A verified group: the Head that it gives, what was stored before, and what goes."""

    group: Group
    head: heads.Head
    verdict: heads.Verdict
    stored: dict[str, Row]
    is_released: bool = False
    left_out: frozenset[str] = frozenset()
    removed: list[str] = field(default_factory=list)

    @property
    def is_first(self) -> bool:
        """Return whether a whole set meets an empty store: its ids come in order, each once.

        Then nothing has to be remembered of what was written, however long the snapshot is.
        """
        return self.group.is_complete and not self.stored

    def takes(self, item: Counted, before: Row | None) -> bool:
        """Return whether an object replaces what is stored of it (R2, R3, R7, rule 5).

        After a person's release an older version counts too, but nothing undoes an erasure.
        What breaks the profile and is not in the root is `left_out`.
        """
        if item.id in self.left_out and item.is_doubtful:
            return False
        if before is None or supersedes(item, before):
            return True
        return self.is_released and not before.is_terminal and item.element != before.element


class Lagging(SourceRefused):
    """A relay serves an older state than we hold: it lags, and nothing is wrong."""

    name, title = "lagging", "A relay lags behind"


def make_plan(session: Session, reader: SourceReader, group: Group, known: Known) -> Plan:
    """Verify a group against its Head and against what is stored; raise `SourceRefused`.

    `known` is the origin as it is inside this transaction.
    """
    if group.refused is not None:
        raise group.refused
    _require_freedom(reader, group, known)
    verdict = judge_head(reader, group, known)
    head = verdict.head
    stored = load_rows(session, known.id)
    withheld = dict(group.withheld)
    if reader.is_relay and not group.is_complete:
        withheld = kept_back.by_relay(session, reader.base, group.origin)
    plan = Plan(group, head, verdict, stored, known.state == OriginState.RELEASED)
    try:
        _prove(plan, withheld)
    except RootMismatch as error:
        raise group.explain(error) from error
    if group.is_complete and stored:
        plan.removed = _find_removed(reader, plan, known, withheld)
    return plan


def _prove(plan: Plan, withheld: Elements) -> None:
    """Raise `RootMismatch` unless the Head covers what came, with the doubtful items or without."""
    try:
        _prove_root(plan, withheld)
    except RootMismatch:
        if not plan.group.doubtful:
            raise
        plan.left_out = frozenset(plan.group.doubtful)
        _prove_root(plan, withheld)


def _prove_root(plan: Plan, withheld: Elements) -> None:
    group, head = plan.group, plan.head
    if group.is_complete:
        left_out = [group.doubtful[uid] for uid in plan.left_out]
        hidden = [element for _version, element in withheld.values()]
        elements = {*group.elements, *hidden}.difference(left_out)
        live = group.live - len(left_out)
    else:
        rows = _rows_after(plan, withheld)
        elements = {row.element for row in rows} | _withheld_elements(plan, withheld)
        live = sum(not row.is_tombstone for row in rows)
    _require_root(head, elements)
    _require_counts(head, live, len(elements), withheld)


def _require_freedom(reader: SourceReader, group: Group, known: Known) -> None:
    """Raise while a person has to decide first; of a held origin only the whole set is judged."""
    if (
        SourceState.FROZEN in (reader.standing.state, known.state)
        or known.state in OriginState.EMPTY
    ):
        raise OriginHeld(group.origin, "a person has to release it first", STUCK)
    if known.state == OriginState.HELD and not group.is_complete:
        raise ResyncNeeded(group.origin, "its whole set may be acceptable again")


def _require_head(group: Group, known: Known) -> heads.Head:
    head = group.head or known.head
    if head is None:
        raise HeadMissing(group.origin, "objects came without a signed Head")
    if known.keyset is not None and head.keyset > known.keyset.version:
        # Whoever keeps a Keyset back may hide that a key was revoked.
        sentence = f"its Head names Keyset {head.keyset}, which was not served"
        raise ItemRefused(group.origin, sentence, "keyset-missing")
    return head


def judge_head(reader: SourceReader, group: Group, known: Known) -> heads.Verdict:
    """Judge the group's Head: an origin may not go back, a relay only lags."""
    head = _require_head(group, known)
    previous = known.head if reader.is_relay else known.witnessed
    try:
        if known.witnessed is not None and head.epoch == known.witnessed.epoch:
            _forbid_fork(head, known.witnessed)
        expires = known.keyset.expires if known.keyset is not None else None
        return heads.check_head(
            head, previous, reader.now, keyset_expires=expires, limits=reader.limits
        )
    except HeadRollback as error:
        if reader.is_relay:
            raise Lagging(group.origin, "the relay serves an older state") from error
        raise OriginFrozen(group.origin, str(error), "head-rollback") from error
    except EpochFork as error:
        raise OriginFrozen(group.origin, str(error), "epoch-fork") from error
    except Refusal as error:
        raise ItemRefused(group.origin, str(error.detail), error.reason) from error


def _forbid_fork(head: heads.Head, witnessed: heads.Head) -> None:
    if head.seq == witnessed.seq and head.state != witnessed.state:
        raise EpochFork(f"Sequence number {head.seq} of epoch {head.epoch} has two states.")


def _require_root(head: heads.Head, elements: Iterable[bytes]) -> None:
    if not heads.accounts_for(head, elements):
        raise RootMismatch(head.origin, f"they do not give the root of its Head {head.seq}")


def _require_counts(head: heads.Head, live: int, rows: int, withheld: Elements) -> None:
    """Raise unless the Head counts what it covers; what a relay withholds nobody here can tell."""
    signed, counted = (head.count, head.tombstones), (live, rows - live)
    if signed != counted and not withheld:
        sentence = f"its Head {head.seq} counts {signed[0]} objects and {signed[1]} Tombstones, "
        raise RootMismatch(head.origin, f"{sentence}not {counted[0]} and {counted[1]}", "count")


def _rows_after(plan: Plan, withheld: Elements) -> list[Row]:
    """Return what the root of the Head would cover once the changes are stored.

    Of what the relay withholds it is the version that it tells of, unless a later one is here.
    """
    after = _after(plan)
    return [
        row
        for uid, row in after.items()
        if row.counts(plan.head) and not _is_behind(row, withheld.get(uid))
    ]


def _is_behind(row: Row, withheld: tuple[int, bytes] | None) -> bool:
    return withheld is not None and row.version < withheld[0]


def _withheld_elements(plan: Plan, withheld: Elements) -> set[bytes]:
    after = _after(plan) if withheld else {}
    return {
        element
        for uid, (version, element) in withheld.items()
        if uid not in after or after[uid].version < version
    }


def _after(plan: Plan) -> dict[str, Row]:
    """Return every row as it will be."""
    after: dict[str, Row] = dict(plan.stored)
    for batch in plan.group.spool.batches():
        for item in batch:
            before = after.get(item.id)
            if plan.takes(item, before):
                after[item.id] = row_of(item)
    return after


def _find_removed(reader: SourceReader, plan: Plan, known: Known, withheld: Elements) -> list[str]:
    """Return what is stored and no longer there; raise when the origin may not do that.

    Within an epoch objects leave only by Tombstone, as far as those are kept, and versions only
    grow (rule 4); across epochs whatever we hold that is newer waits for a person. So does, always,
    too much that is gone.
    """
    missing, behind = _compare(plan)
    kept = {
        uid: row for uid, row in missing.items() if row.counts(plan.head) and uid not in withheld
    }
    if plan.is_released:
        return [uid for uid, row in missing.items() if not row.is_terminal]
    if known.head is not None and known.head.epoch == plan.head.epoch:
        lost = behind + _count_lost(kept, known.head, plan.head)
        if lost:
            raise OriginFrozen(known.base, f"{lost} objects went back in time", "lost")
    if behind or any(row.is_terminal for row in kept.values()):
        raise OriginHeld(known.base, "it restored a backup older than what we hold", "behind")
    _forbid_mass_removal(reader, plan, sum(not row.is_tombstone for row in kept.values()))
    return list(missing)


def _count_lost(kept: dict[str, Row], held: heads.Head, head: heads.Head) -> int:
    """Return how many of what is missing can have left by no Tombstone since the Head we held.

    Tombstones before the horizon of the new Head are forgotten. Whoever last read before it
    cannot have met them all, so that living objects may be gone without one.
    """
    is_past_horizon = held.issued < head.tombstones_from
    return sum(row.is_tombstone or not is_past_horizon for row in kept.values())


def _compare(plan: Plan) -> tuple[dict[str, Row], int]:
    """Return what is stored and did not come, and of how many objects we hold something newer."""
    missing, behind = dict(plan.stored), 0
    for batch in plan.group.spool.batches():
        for item in batch:
            before = missing.pop(item.id, None)
            behind += before is not None and _is_ahead(before, item)
    return missing, behind


def _is_ahead(before: Row, item: Counted) -> bool:
    # At equal versions the deterministic winner stays, which is no step back (rule 5).
    return before.rank[:3] > item.rank[:3]


def _forbid_mass_removal(reader: SourceReader, plan: Plan, removed: int) -> None:
    live = sum(not row.is_tombstone for row in plan.stored.values())
    limits = reader.limits
    is_much = removed > limits.held_removal_count and removed > limits.held_removal_share * live
    if removed and (is_much or removed == live):
        origin = plan.group.origin
        raise OriginHeld(origin, f"{removed} of {live} objects would go", "mass-removal")
