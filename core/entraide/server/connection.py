"""One connection: at what it waits, since when, and how fast its client gives or takes."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel

from entraide.networks import network_of
from entraide.server.limits import ServerLimits
from entraide.server.parsing import OneRequest
from entraide.server.tasks import ResponseTask, refuse

HEAD, BODY, WORK, ANSWER, IDLE, LINGER = "head", "body", "work", "answer", "idle", "linger"
"""What a connection waits for: the request's head, its body, ourselves, the reader of the answer,
the next request, the end of a body that nobody reads."""

HASTE = {IDLE: 4, LINGER: 4, HEAD: 4, BODY: 2, ANSWER: 1}
"""When room is short, who goes first: seconds of these stages count so many times."""

_ABORT = struct.pack("ii", 1, 0)


class Connection(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """A client's connection, with a deadline on each of its stages."""

    parser_class = OneRequest
    task_class = ResponseTask
    error_task_class = staticmethod(refuse)

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002 - waitress's name
        self.client = network_of(addr[0])
        self.turn = self.moved = 0
        self.ahead = b""
        self.pieces: list[bytes] | None = None
        self.is_lingering = self.has_unread_rest = False
        self.since = self.window = time.monotonic()
        self.known_stage = (HEAD, 0)
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def stage(self) -> str:
        """Return what the connection waits for now."""
        if self.is_lingering:
            return LINGER
        if self.total_outbufs_len:
            return ANSWER
        if self.requests:
            return WORK
        if self.request is not None:
            return BODY if self.request.headers_finished else HEAD
        return IDLE if self.turn else HEAD

    def is_overdue(self, now: float, limits: ServerLimits) -> bool:
        """Return whether the client has had its time, or was too slow for a whole window."""
        stage = self._look(now)
        most = {
            HEAD: limits.head_seconds,
            BODY: limits.body_seconds,
            ANSWER: limits.answer_seconds,
            IDLE: limits.idle_seconds,
            LINGER: limits.linger_seconds,
        }.get(stage)
        if most is None:
            return False
        return now - self.since > most or (stage in (BODY, ANSWER) and self._is_slow(now, limits))

    def _look(self, now: float) -> str:
        """Return the stage; its time begins when it is first seen."""
        stage = (self.stage, self.turn)
        if stage != self.known_stage:
            self.known_stage, self.since, self.window, self.moved = stage, now, now, 0
        return stage[0]

    def _is_slow(self, now: float, limits: ServerLimits) -> bool:
        if now - self.window < limits.window_seconds:
            return False
        moved, self.window, self.moved = self.moved, now, 0
        return moved < limits.window_bytes

    @property
    def memory(self) -> int:
        """Return how many bytes of answers wait in memory; those of files wait on the disk."""
        if not self.total_outbufs_len:
            return 0
        there = [
            buffer
            for buffer in list(self.outbufs)
            if not isinstance(buffer, ReadOnlyFileBasedBuffer)
        ]
        return sum(buffer.__len__() for buffer in there)

    def patience(self, now: float) -> float:
        """Return how little it would harm to let this connection go; negative: not at all."""
        stage = self._look(now)
        return (
            -1
            if self.close_when_flushed and stage != ANSWER
            else (now - self.since) * HASTE.get(stage, -1)
        )

    def let_go(self) -> None:
        """End the connection at once, with whatever waits in it, here and in the system."""
        if self.stage == ANSWER:
            with suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.handle_close()

    def received(self, data: bytes) -> bool:
        """Take bytes of a request; those after a refused one are thrown away."""
        if self.is_lingering:
            return False
        if self.request is None:
            self.turn += 1
        self.moved += len(data)
        return bool(super().received(data))

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002 - waitress's signature
        """Send bytes; count what the system took."""
        sent: int = super().send(data, do_close)
        self.moved += sent
        return sent

    def readable(self) -> bool:
        """Return whether the client may send."""
        return self.is_lingering or (not self.ahead and bool(super().readable()))

    def writable(self) -> bool:
        """Return whether something waits to be sent, or to be read when all is sent."""
        return bool(super().writable() or (self.ahead and not self.requests))

    def handle_write(self) -> None:
        """Send what waits; after a refusal let the client finish, so that it reads why.

        The request that a client sent ahead is read when the answer to the one before is gone.
        """
        if self.ahead and not (self.requests or super().writable()):
            ahead, self.ahead = self.ahead, b""
            self.received(ahead)
            return
        if not (self.close_when_flushed and self.has_unread_rest):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self._linger()

    def _linger(self) -> None:
        self.close_when_flushed, self.is_lingering = False, True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def service(self) -> None:
        """Answer one request, in a thread; then the next may be read."""
        self.ahead = self.requests[0].ahead
        super().service()
        self._changed()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send as one what is written within, in a thread."""
        pieces: list[bytes] = []
        self.pieces = pieces
        try:
            yield
        finally:
            self.pieces = None
        self.write_soon(b"".join(pieces))

    def write_soon(self, data: Any) -> int:
        """Send bytes of an answer, in a thread; what the system does not take waits here."""
        if self.pieces is not None:
            self.pieces.append(data)
            return len(data)
        size: int = super().write_soon(data)
        if self.total_outbufs_len:
            self._changed()
        return size

    def _changed(self) -> None:
        number = self._fileno
        if number is not None:
            self.server.poller.changed.append(number)
            self.server.pull_trigger()

    def add_channel(self, map: Any = None) -> None:  # noqa: A002 - waitress's name
        """Be among the server's connections."""
        super().add_channel(map)
        self.server.poller.changed.append(self._fileno)
        self.server.held[self.client] += 1

    def del_channel(self, map: Any = None) -> None:  # noqa: A002 - waitress's name
        """Be there no more."""
        self.server.poller.forget(self._fileno)
        is_held = self.server.active_channels.get(self._fileno) is self
        super().del_channel(map)
        if is_held:
            self.server.forget(self.client)
