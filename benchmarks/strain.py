"""Bad clients by the thousand, in one thread, and the times of a good visitor beside them."""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle

HOST = "127.0.0.1"
PATIENCE_SECONDS = 10.0
SLOW_BYTES_PER_SECOND = 64


@dataclass
class Times:
    """How long a visitor waited for each page, in seconds, and how often in vain."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    reasons: list[str] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Return the time that this share of the pages took at most."""
        ordered = sorted(self.seconds) or [float("nan")]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def as_figures(self) -> dict[str, object]:
        """Return count, failures, median, p99 and maximum, times in milliseconds."""
        middle = statistics.median(self.seconds) if self.seconds else float("nan")
        return {
            "pages": len(self.seconds),
            "failed": self.failed,
            "reasons": sorted(set(self.reasons)),
            "median_ms": round(1000 * middle, 1),
            "p99_ms": round(1000 * self.quantile(0.99), 1),
            "max_ms": round(1000 * self.quantile(1.0), 1),
        }


def head(path: str, host: str, more: str = "", method: str = "GET") -> bytes:
    """Return the head of a request."""
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


def kinds(host: str, snapshot: str) -> dict[str, tuple[bytes, bytes]]:
    """Return each kind of bad client: what it sends at once, and what it repeats each second."""
    body = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n"
    return {
        "silent": (b"", b""),
        "half a head": (head("/", host)[:-2], b""),
        "slow head": (head("/", host)[:-2], b"X-A: b\r\n"),
        "slow body": (head("/login", host, body, "POST"), b"a"),
        "idle": (head("/health", host), b""),
        "half closed": (head("/health", host)[:-2], b""),
        "page readers": (head("/find", host), b""),
        "feed readers": (head("/federation/v1/changes?limit=200", host), b""),
        "snapshot readers": (head(snapshot, host), b""),
    }


class BadClients:
    """Many connections of one kind, driven from the thread that calls `step`."""

    def __init__(self, port: int, kind: str, first: bytes, repeated: bytes, count: int) -> None:
        self.port, self.kind, self.first, self.repeated = port, kind, first, repeated
        self.count, self.lost, self.read = count, 0, 0
        self.selector = selectors.DefaultSelector()
        self.open: dict[socket.socket, float] = {}

    def step(self, now: float) -> None:
        """Open what is missing, 200 at a time, send and read what is due."""
        for _number in range(min(200, self.count - len(self.open) - self.lost)):
            self._open(now)
        for key, _events in self.selector.select(0):
            if not self.repeated or self.first:
                self._read(key.data, now)
        if self.repeated:
            for client, due in list(self.open.items()):
                if now >= due:
                    self.open[client] = now + 1
                    with suppress(OSError):
                        client.send(self.repeated)

    def _open(self, now: float) -> None:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(2)
        try:
            client.connect((HOST, self.port))
            client.send(self.first or b"")
            if self.kind == "half closed":
                client.shutdown(socket.SHUT_WR)
        except OSError:
            self.lost += 1
            client.close()
            return
        client.setblocking(False)
        self.selector.register(client, selectors.EVENT_READ, client)
        self.open[client] = now + 1

    def _read(self, client: socket.socket, now: float) -> None:
        if self.kind.endswith("readers"):
            if now < self.open[client]:
                return
            self.open[client] = now + 1
        try:
            piece = client.recv(SLOW_BYTES_PER_SECOND)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self.read += len(piece)
        if not piece:
            self.lost += 1
            self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        self.selector.unregister(client)
        self.open.pop(client, None)
        client.close()

    def close(self) -> None:
        """Let all go."""
        for client in list(self.open):
            self._forget(client)
        self.selector.close()


def visit(port: int, request: bytes, times: Times) -> None:
    """Ask for one page on a connection of its own; note how long it took, or that it failed."""
    started = time.monotonic()
    try:
        with socket.create_connection((HOST, port), PATIENCE_SECONDS) as client:
            client.sendall(request)
            answer = b""
            while piece := client.recv(65536):
                answer += piece
    except OSError as error:
        times.failed += 1
        times.reasons.append(repr(error))
        return
    if answer.startswith(b"HTTP/1.1 200"):
        times.seconds.append(time.monotonic() - started)
    else:
        times.failed += 1
        times.reasons.append(repr(answer[:60]))


def visits(port: int, host: str, pages: tuple[str, ...], until: Callable[[], bool]) -> Times:
    """Visit pages in turn, five a second, until told to stop."""
    times = Times()
    requests: Iterator[bytes] = cycle([head(page, host, "Connection: close\r\n") for page in pages])
    while not until():
        visit(port, next(requests), times)
        time.sleep(0.2)
    return times
