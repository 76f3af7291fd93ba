"""What somebody began to write: it belongs to their account, or to a visit without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from entraide import clock
from entraide.errors import NotFound, Refused
from entraide.i18n import catalogue
from entraide.members.models import Draft

_ = catalogue("entraide")

VISIT = timedelta(days=7)
"""How long after its last change we keep what somebody without an account began to write."""
KEPT = timedelta(days=14)
"""How long after its last change we keep what a member began to write."""
MOST = 10
"""Drafts that one member, or one visit, may begin."""
MOST_KEPT = 2 * MOST
"""Drafts of one member with those that a login brought: as many as one visit may have begun."""

Answers = dict[str, Any]
"""What was written, as the room that asks for it keeps it."""


@dataclass(frozen=True)
class Owner:
    """Whose drafts: a member's, or those of a visit (exactly one is given)."""

    member_id: UUID | None = None
    visit_id: UUID | None = None

    @property
    def rows(self) -> ColumnElement[bool]:
        """Return the condition that holds for the owner's own rows."""
        if self.member_id is not None:
            return Draft.member_id == self.member_id
        return (Draft.visit_id == self.visit_id) & (Draft.member_id.is_(None))

    @property
    def term(self) -> timedelta:
        """Return how long a draft is kept after its last change."""
        return VISIT if self.member_id is None else KEPT


def begin(
    session: Session, *, owner: Owner, answers: Answers, has_text: Callable[[Answers], bool]
) -> Draft:
    """Keep a new draft. Raises Refused when there are too many already.

    `has_text` tells whether answers hold more than a choice: of too many, the oldest without
    text goes first, and one with text never goes unasked.
    """
    known = list_open(session, owner=owner)
    if len(known) >= MOST:
        _make_room(session, known, has_text)
    now = clock.now()
    row = Draft(
        member_id=owner.member_id,
        visit_id=owner.visit_id,
        answers={},
        created_at=now,
        updated_at=now,
        expires_at=now,
    )
    keep(row, answers)
    session.add(row)
    session.flush()
    return row


def find(session: Session, *, owner: Owner | None, draft_id: UUID, lock: bool = False) -> Draft:
    """Return a draft of `owner`, sent or not; NotFound when it has none of that id, or no more.

    With `lock` other requests for it wait, so that sending twice creates one row.
    """
    if owner is not None:
        mine = select(Draft).where(Draft.id == draft_id, owner.rows, *_alive())
        row = session.scalar(mine.with_for_update() if lock else mine)
        if row is not None:
            return row
    raise NotFound


def keep(row: Draft, answers: Answers) -> None:
    """Keep the answers of a draft; its time begins anew."""
    row.answers, row.updated_at = answers, clock.now()
    row.expires_at = row.updated_at + Owner(row.member_id, row.visit_id).term


def mark_sent(row: Draft, answers: Answers) -> None:
    """Note that a draft was sent: of its answers only `answers` are kept."""
    keep(row, answers)
    row.sent_at = row.updated_at


def list_open(session: Session, *, owner: Owner | None) -> list[Draft]:
    """Return the drafts that were not sent yet, last changed first."""
    if owner is None:
        return []
    rows = select(Draft).where(owner.rows, Draft.sent_at.is_(None), *_alive())
    return list(session.scalars(rows.order_by(Draft.updated_at.desc(), Draft.id.desc())))


def count_open(session: Session, *, owner: Owner) -> int:
    """Return how many drafts were not sent yet."""
    rows = select(func.count()).select_from(Draft)
    return session.scalar(rows.where(owner.rows, Draft.sent_at.is_(None), *_alive())) or 0


def throw_away(session: Session, *, owner: Owner | None, draft_id: UUID) -> None:
    """Delete a draft at once; NotFound when `owner` has none of that id."""
    session.delete(find(session, owner=owner, draft_id=draft_id, lock=True))


def adopt(
    session: Session, *, visit_id: UUID, member_id: UUID, changed_until: datetime | None = None
) -> int:
    """Give what was written in a visit to an account: whoever asked for its login link.

    What was changed after `changed_until` stays with the visit. An account that has more than enough
    already gets what was changed last; the rest stays with the visit, and ends with it. Returns
    how many drafts were given.
    """
    room = max(0, MOST_KEPT - count_open(session, owner=Owner(member_id=member_id)))
    of_visit = select(Draft.id).where(Owner(visit_id=visit_id).rows, *_alive())
    if changed_until is not None:
        of_visit = of_visit.where(Draft.updated_at <= changed_until)
    newest = of_visit.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(room)
    given = session.scalars(newest).all()
    now = clock.now()
    rows = update(Draft).where(Draft.id.in_(given))
    session.execute(rows.values(member_id=member_id, visit_id=None, expires_at=now + KEPT))
    return len(given)


def forget_visit(session: Session, *, visit_id: UUID) -> None:
    """Delete what was written in a visit, at once."""
    session.execute(delete(Draft).where(Owner(visit_id=visit_id).rows))


def _alive() -> tuple[ColumnElement[bool], ...]:
    return (Draft.expires_at > clock.now(),)


def _make_room(session: Session, known: list[Draft], has_text: Callable[[Answers], bool]) -> None:
    for row in reversed(known):
        if not has_text(row.answers):
            session.delete(row)
            session.flush()
            return
    raise Refused(
        _(
            "You have begun %(most)s texts already. Continue one of them, or throw one away.",
            most=MOST,
        )
    )
