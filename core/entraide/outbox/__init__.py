"""Domain events and messages, committed with the change and delivered afterwards."""

from entraide.outbox.dispatch import deliver_pending
from entraide.outbox.models import DeadLetter, pending
from entraide.outbox.recording import record, send

__all__ = ["DeadLetter", "deliver_pending", "pending", "record", "send"]
