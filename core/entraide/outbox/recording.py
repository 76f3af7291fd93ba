"""Writing into the outbox, in the transaction of the change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.database.sessions import after_commit
from entraide.event_types import Event
from entraide.i18n import catalogue
from entraide.jobs.queue import enqueue
from entraide.kinds import Message
from entraide.outbox.event_names import name_of
from entraide.outbox.models import OutboxEvent, OutboxMessage

_ = catalogue("entraide")


def record(session: Session, event: Event) -> None:
    """Keep an event for delivery after the commit."""
    row = OutboxEvent(name=name_of(type(event)), members=event.as_json(), created_at=clock.now())
    session.add(row)
    after_commit(session, _wake_worker)


def send(
    session: Session, message: Message, *, not_before: datetime | None = None, reason: str = ""
) -> bool:
    """Keep a message for delivery after the commit; the same key is sent once.

    Its subject begins with the name of the site, and the site signs it, in the language spoken,
    and says the `reason` why one gets it. It leaves at once, or not before a time. Return whether
    it was kept: False for a key that was used before.
    """
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == message.key)):
        return False
    now = clock.now()
    session.add(
        OutboxMessage(
            key=message.key,
            address=message.address,
            subject=_subject(message.subject),
            body=f"{message.body}{_signature(reason)}",
            created_at=now,
            next_at=max(now, not_before or now),
        )
    )
    after_commit(session, _wake_worker)
    return True


def _subject(words: str) -> str:
    site = runtime.current().settings.site
    return str(_("%(site)s: %(subject)s", site=site.name, subject=words))


def _signature(reason: str) -> str:
    """Return who writes, how to reach them and why, below the line that mail programs know."""
    site = runtime.current().settings.site
    why = str(_("Why you get this mail: %(reason)s", reason=reason)) if reason else ""
    lines = (site.name, site.email, site.phone, why)
    return "\n-- \n" + "".join(f"{line}\n" for line in lines if line)


def _wake_worker() -> None:
    # The queue only says "look now"; the ticker looks anyway, so a lost wake-up costs seconds.
    enqueue("outbox.deliver")
