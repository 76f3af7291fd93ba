"""A peer on loopback that does to its readers whatever its script says."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Mapping
from threading import Event, Lock, Thread, Timer
from typing import Self

from .behaviours import Behaviour, raw

_LONGEST_REQUEST = 65536
_GLANCE = 0.1
_PATIENCE = 5.0
_NOT_FOUND = raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


class HostilePeer:
    """A threaded server whose answer at each path is a behaviour; a context manager.

    `scripts` maps paths (with their query) to behaviours and may be changed at any time; `base` is
    the address to register. `requests` keeps the raw head of each request and `connections`
    counts them. It stops by itself after `life` seconds, so that no test can hang on it. `port` 0
    is any free one.
    """

    def __init__(
        self,
        scripts: Mapping[str, Behaviour],
        *,
        life: float = 30.0,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.scripts = scripts
        self.requests: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._stopped = Event()
        self._lock = Lock()
        self._threads: list[Thread] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self._end_of_life = Timer(life, self.stop)
        self._end_of_life.daemon = True

    def __enter__(self) -> Self:
        self._end_of_life.start()
        self._start(self._accept)
        return self

    def __exit__(self, *reason: object) -> None:
        self._end_of_life.cancel()
        self.stop()
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Stop answering: every connection ends."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def choose(self, head: bytes) -> Behaviour:
        """Return what to do about a request, given its raw head."""
        path = head.split(b" ", 2)[1].decode("latin-1")
        return self.scripts.get(path, _NOT_FOUND)

    def _start(self, work: object, *arguments: object) -> None:
        thread = Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        """Give each connection a thread until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with self._lock:
                    self.connections += 1
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        """Answer the requests of one connection until a behaviour or the reader ends it."""
        connection.settimeout(_PATIENCE)
        with contextlib.suppress(OSError), connection:
            if self._tls:
                with self._tls.wrap_socket(connection, server_side=True) as secured:
                    self._converse(secured)
            else:
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        while head := self._receive(connection):
            with self._lock:
                self.requests.append(head)
            if not self.choose(head)(connection, self._stopped):
                return

    def _receive(self, connection: socket.socket) -> bytes:
        """Return the head of the next request; nothing when the reader or this peer has stopped."""
        head = b""
        connection.settimeout(_GLANCE)
        while not head.endswith(b"\r\n\r\n") and len(head) < _LONGEST_REQUEST:
            if self._stopped.is_set():
                return b""
            try:
                piece = connection.recv(4096)
            except TimeoutError:
                continue
            if not piece:
                return b""
            head += piece
        connection.settimeout(_PATIENCE)
        return head
