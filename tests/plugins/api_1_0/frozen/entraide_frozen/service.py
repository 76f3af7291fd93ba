"""What happens to items and loans; whoever calls has asked who may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from entraide import catalogue, clock, errors
from entraide_frozen import settings
from entraide_frozen.models import Item, Loan

_ = catalogue(__package__)


def items(session: Session) -> Sequence[tuple[Item, bool]]:
    """Return every item with whether it is free, in the order in which they came."""
    lent = exists().where(Loan.item_id == Item.id, Loan.returned_on.is_(None))
    rows = session.execute(select(Item, ~lent).order_by(Item.added_at, Item.id))
    return [(item, bool(is_free)) for item, is_free in rows]


def loans_of(session: Session, member_id: UUID) -> Sequence[Loan]:
    """Return the loans of a member: those that are not over first, then by due date."""
    mine = select(Loan).where(Loan.borrower_id == member_id)
    order = (Loan.returned_on.is_not(None), Loan.due_on, Loan.id)
    return session.scalars(mine.order_by(*order)).all()


def borrow(session: Session, item: Item, borrower_id: UUID) -> Loan:
    """Lend an item; BadInput when it is not there, or when the borrower has enough."""
    running = select(func.count()).where(Loan.returned_on.is_(None))
    if session.scalar(running.where(Loan.item_id == item.id)):
        raise errors.BadInput(_("Somebody else has it just now."))
    if (session.scalar(running.where(Loan.borrower_id == borrower_id)) or 0) >= _at_once():
        raise errors.BadInput(_("Bring something back before you borrow more."))
    due_on = clock.today() + timedelta(days=settings.current().days)
    loan = Loan(item_id=item.id, borrower_id=borrower_id, due_on=due_on)
    session.add(loan)
    return loan


def give_back(loan: Loan) -> None:
    """End a loan; a second time changes nothing."""
    loan.returned_on = loan.returned_on or clock.today()


def due_tomorrow(session: Session) -> Sequence[Loan]:
    """Return the loans that are not over and end tomorrow."""
    tomorrow = clock.today() + timedelta(days=1)
    due = select(Loan).where(Loan.due_on == tomorrow, Loan.returned_on.is_(None))
    return session.scalars(due.order_by(Loan.id)).all()


def _at_once() -> int:
    return settings.current().at_once
