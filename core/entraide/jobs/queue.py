"""The queue of one-off work: huey on a SQLite file, or on Redis when configured."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

from entraide import runtime
from entraide.errors import DatabaseError
from entraide.runtime import Slot

log = structlog.get_logger("entraide.queue")

TASKS: dict[str, Callable[[str], Any]] = {}
"""Every kind of one-off work by name; a task takes one reference and reads the rest itself."""

POLL_SECONDS = 0.4
SCHEDULE_SECONDS = 60
"""How often huey looks for tasks with a date; ours have none."""

REDIS_SECONDS = 2
"""How long a request waits for a Redis that is down before it answers without it."""


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Tasks travel as JSON: whoever can write to the queue can ask for work, not run code."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps([data.id, data.name, data.args]).encode()

    def _deserialize(self, data: bytes) -> Message:
        identifier, name, arguments = json.loads(data)
        return Message(
            identifier, name, None, 0, 0, 0, tuple(arguments), {}, None, None, None, None
        )


class QueueConsumer(Consumer):  # type: ignore[misc]
    """A consumer that lives inside another process and leaves its signals alone."""

    def _set_signal_handlers(self) -> None:
        return


class Queue:
    """One site's queue; `enqueue` says what to do, `consumer` does it."""

    def __init__(self, huey: Huey, site: runtime.Runtime) -> None:
        self.huey = huey
        self.site = site
        self._run = huey.task(name="run")(self._execute)

    def enqueue(self, job: str, reference: str = "") -> None:
        """Hand over one task; raises KeyError for a task that nobody declared."""
        if job not in TASKS:
            raise KeyError(f"no task {job!r}")
        self._run(job, reference)

    def consumer(self) -> QueueConsumer:
        """Return one worker thread, to be started and stopped by its owner."""
        return QueueConsumer(
            self.huey,
            workers=1,
            periodic=False,
            max_delay=POLL_SECONDS,
            scheduler_interval=SCHEDULE_SECONDS,
            check_worker_health=False,
        )

    def _execute(self, job: str, reference: str) -> None:
        with runtime.activate(self.site):
            try:
                TASKS[job](reference)
            except Exception:
                # The outbox is the truth: what failed here is found again by the ticker.
                log.exception("task-failed", job=job)


def open_queue(site: runtime.Runtime) -> Queue:
    """Open the queue that the settings name."""
    options = {"results": False, "serializer": JsonSerializer()}
    if redis := site.settings.queue.redis:
        from redis import ConnectionPool  # noqa: PLC0415 - an extra of the distribution

        pool = ConnectionPool.from_url(
            redis, socket_connect_timeout=REDIS_SECONDS, socket_timeout=2 * REDIS_SECONDS
        )
        name = f"entraide-{site.settings.instance}"
        return Queue(RedisHuey(name, connection_pool=pool, **options), site)
    return Queue(_open_file(Path(site.settings.state) / "queue.sqlite", options), site)


def _open_file(path: Path, options: dict[str, Any]) -> SqliteHuey:
    try:
        return SqliteHuey("entraide", filename=str(path), fsync=False, **options)
    except sqlite3.OperationalError as error:
        raise DatabaseError(
            f"{path} cannot be used ({error}). Look at the rights of the state folder and at the "
            "space on its disk."
        ) from error
    except sqlite3.DatabaseError as error:
        # The outbox knows what is still to be done, so that a damaged queue loses nothing.
        log.warning("queue-replaced", file=str(path), error=str(error))
        for part in (path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))):
            with contextlib.suppress(FileNotFoundError):
                part.rename(part.with_name(f"{part.name}.damaged"))
        return SqliteHuey("entraide", filename=str(path), fsync=False, **options)


QUEUE = Slot[Queue]("queue of tasks")


def task(name: str) -> Callable[[Callable[[str], Any]], Callable[[str], Any]]:
    """Declare one-off work: `@task("outbox.deliver")`."""

    def declare(function: Callable[[str], Any]) -> Callable[[str], Any]:
        TASKS[name] = function
        return function

    return declare


def enqueue(job: str, reference: str = "") -> None:
    """Hand one task to the running site's queue; a queue that is down is logged, not fatal."""
    queue = QUEUE.find()
    if queue is None:
        return
    try:
        queue.enqueue(job, reference)
    except KeyError:
        raise
    except Exception as error:  # noqa: BLE001 - Redis and SQLite raise their own families
        log.warning("queue-unreachable", job=job, error=str(error))
