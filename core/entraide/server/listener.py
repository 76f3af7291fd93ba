"""The listening socket and its loop: who is let in, who is let go, and what the log says of it."""

from __future__ import annotations

import errno
import heapq
import socket
import time
from collections import Counter
from typing import Any

import structlog
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from entraide.networks import network_of
from entraide.server.connection import Connection
from entraide.server.limits import ServerLimits
from entraide.server.polling import Poller
from entraide.server.queueing import FairQueue

log = structlog.get_logger("entraide.server")

ACCEPTED_AT_ONCE = 64
TICK_SECONDS = 1.0
SHARE = 16
"""When room is short, one in so many connections goes at once: to look for each costs more."""

QUEUED_IN_ORDER = 4
"""Requests for each thread that wait in the order in which they came."""

NO_FILE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener(TcpWSGIServer):  # type: ignore[misc] # waitress has no types
    """waitress's server with deadlines, and with room for whoever comes next."""

    channel_class = Connection

    def __init__(self, application: Any, limits: ServerLimits, **options: Any) -> None:
        self.limits = limits
        self.held: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._next_tick = self._next_report = 0.0
        channels: dict[int, Any] = {}
        self.poller = Poller(channels)
        super().__init__(application, map=channels, **options)

    def run(self) -> None:
        """Serve until SystemExit or KeyboardInterrupt; running requests are finished."""
        self.poller.changed.extend(list(self._map))
        try:
            while self._map:
                self.tick(time.monotonic())
                self.poller.wait(TICK_SECONDS)
        except (SystemExit, KeyboardInterrupt):
            self.task_dispatcher.shutdown()

    def tick(self, now: float) -> None:
        """Once a second let go whose time is over, and tell the log what was let go."""
        if now < self._next_tick:
            return
        self._next_tick = now + TICK_SECONDS
        for connection in list(self.active_channels.values()):
            if connection.is_overdue(now, self.limits):
                self._let_go(connection, f"slow_{connection.known_stage[0]}")
        self._free_memory(now)
        if self.lost and now >= self._next_report:
            self._next_report = now + self.limits.report_seconds
            log.warning("connections-let-go", open=len(self.active_channels), **self.lost)
            self.lost.clear()

    def pull_trigger(self) -> None:
        """Wake the loop from another thread: once, whoever asks for it before it has woken."""
        if not self.poller.is_woken:
            self.poller.is_woken = True
            super().pull_trigger()

    def readable(self) -> bool:
        """Return whether new connections are taken: always, others make room."""
        return bool(self.accepting)

    def handle_accept(self) -> None:
        """Take in who waits at the door, some at once."""
        for _number in range(ACCEPTED_AT_ONCE):
            try:
                accepted = self.accept()
            except OSError as error:
                if error.errno in NO_FILE:
                    self.lost["no_open_file"] += 1
                    self._make_room(None, "for_a_file")
                return
            if accepted is None:
                return
            self._let_in(*accepted)

    def _let_in(self, sock: Any, address: Any) -> None:
        client, limits = network_of(address[0]), self.limits
        is_heavy = limits.per_client is not None and self.held[client] >= limits.per_client
        is_full = len(self.active_channels) >= limits.connections
        if is_full or is_heavy:
            self._make_room(None if is_full else client, "crowded" if is_full else "same_client")
        if len(self.active_channels) >= limits.connections:
            self.lost["refused"] += 1
            sock.close()
            return
        try:
            self.set_socket_options(sock)
        except OSError:
            # The client has gone already.
            sock.close()
            return
        self.channel_class(self, sock, address, self.adj, map=self._map)

    def _make_room(self, client: str | None, reason: str) -> None:
        """Let those go who have waited longest, of one client or of all; never one at work."""
        now = time.monotonic()
        there = [
            connection
            for connection in self.active_channels.values()
            if client in (None, connection.client) and connection.patience(now) >= 0
        ]
        count = max(1, len(there) // SHARE)
        for connection in heapq.nlargest(count, there, key=lambda item: item.patience(now)):
            self._let_go(connection, reason)

    def _free_memory(self, now: float) -> None:
        """Let those go who have left most unread for longest, while all leave too much."""
        sizes = {
            connection: size
            for connection in self.active_channels.values()
            if (size := connection.memory)
        }
        excess = sum(sizes.values()) - self.limits.memory_bytes
        for connection in sorted(sizes, key=lambda item: item.patience(now), reverse=True):
            if excess <= 0:
                return
            if connection.patience(now) >= 0:
                excess -= sizes[connection]
                self._let_go(connection, "memory")

    def _let_go(self, connection: Connection, reason: str) -> None:
        self.lost[reason] += 1
        connection.let_go()

    def forget(self, client: str) -> None:
        """Count one connection of a client less."""
        self.held[client] -= 1
        if self.held[client] <= 0:
            del self.held[client]


def create(application: Any, *, limits: ServerLimits, threads: int, **listening: Any) -> Listener:
    """Return a server that listens; `listening` is `host` and `port`, or `sockets`."""
    adjustments = _adjustments(limits, threads, listening)
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.queue = FairQueue(QUEUED_IN_ORDER * threads)
    dispatcher.set_thread_count(threads)
    given = adjustments.sockets[0] if adjustments.sockets else None
    kind = _first_of(adjustments.listen) if given is None else _kind_of(given)
    return Listener(
        application,
        limits,
        adj=adjustments,
        dispatcher=dispatcher,
        _sock=given,
        sockinfo=kind,
        bind_socket=given is None,
    )


def _adjustments(limits: ServerLimits, threads: int, listening: dict[str, Any]) -> Adjustments:
    return Adjustments(
        threads=threads,
        ident=None,
        max_request_header_size=limits.head_bytes,
        # One byte more than the site takes, so that it says by itself what is too large.
        max_request_body_size=limits.body_bytes + 1,
        # That a client breaks off is its own affair, and no traceback in our log.
        log_socket_errors=False,
        # Whom the headers of a proxy name is decided in one place only: entraide.web.clients.
        clear_untrusted_proxy_headers=False,
        **listening,
    )


def _first_of(kinds: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    # A name may stand for both families; proxies of the same machine look under IPv4 first.
    return next((kind for kind in kinds if kind[0] == socket.AF_INET), kinds[0])


def _kind_of(sock: socket.socket) -> tuple[Any, ...]:
    return (sock.family, sock.type, sock.proto, sock.getsockname())
