"""The reminder: one mail for each loan, the day before it is due."""

from __future__ import annotations

from entraide import Job, JobRun, Message, catalogue, database, outbox
from entraide_frozen import service
from entraide_frozen.models import Loan

_ = catalogue(__package__)
HOUR = 3600


def remind(run: JobRun) -> None:
    """Write to those whose item is due tomorrow; the key of a mail lets it leave only once."""
    with database.writing() as session:
        for loan in service.due_tomorrow(session):
            if run.should_stop():
                return
            outbox.send(session, _reminder(loan))


def _reminder(loan: Loan) -> Message:
    key = f"frozen-{loan.id}"
    subject = str(_("Due tomorrow: %(item)s", item=loan.item.name))
    body = str(_("Hello,\n\nplease bring it back tomorrow, or tell us.\n"))
    return Message(loan.borrower.email, subject, body, key)


JOBS = (Job("frozen.remind", remind, period=HOUR),)
