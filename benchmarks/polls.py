"""The bytes of a poll without news: request and answer, counted by a proxy on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

CHUNK = 64 * 1024
PATIENCE_SECONDS = 30


@dataclass
class Poll:
    """The bytes of one exchange, in each direction."""

    request: int = 0
    answer: int = 0

    @property
    def whole(self) -> int:
        """Return the bytes of both."""
        return self.request + self.answer


@dataclass
class Counter:
    """A TCP proxy in front of a port of loopback, and the bytes that went through it."""

    target: int
    listener: socket.socket
    poll: Poll = field(default_factory=Poll)

    @property
    def port(self) -> int:
        """Return the port on which the proxy listens."""
        number: int = self.listener.getsockname()[1]
        return number

    def restart(self) -> Self:
        """Count from zero again."""
        self.poll = Poll()
        return self

    def accept(self) -> None:
        """Serve connections until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _address = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target), PATIENCE_SECONDS)
                near.settimeout(PATIENCE_SECONDS)
                threading.Thread(target=self._copy, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._copy, args=(far, near, False), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, is_request: bool) -> None:  # noqa: FBT001 - a thread's argument
        with suppress(OSError), source:
            while piece := source.recv(CHUNK):
                if is_request:
                    self.poll.request += len(piece)
                else:
                    self.poll.answer += len(piece)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def counting(target: int, listener: socket.socket | None = None) -> Iterator[Counter]:
    """Put a counting proxy before a port; `listener` is for who must know its port beforehand."""
    with listener or socket.create_server(("127.0.0.1", 0)) as listening:
        counter = Counter(target, listening)
        threading.Thread(target=counter.accept, daemon=True).start()
        yield counter
