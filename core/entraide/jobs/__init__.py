"""Work outside requests: a queue for one-off tasks, a ticker with leases for periodic jobs."""

from entraide.jobs.queue import enqueue, task
from entraide.jobs.worker import Worker

__all__ = ["Worker", "enqueue", "task"]
