"""What a peer may do to a reader on one connection: correct, broken and hostile answers."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Event

Behaviour = Callable[[socket.socket, Event], bool]
"""Answers one request on a connection, and returns whether the connection stays open.

The event is set when the peer stops; whatever repeats or waits must obey it.
"""

EFP_JSON = "application/vnd.efp+json"


def build(
    status: int = 200,
    body: bytes = b"{}",
    headers: Mapping[str, str | None] | None = None,
    content_type: str = EFP_JSON,
) -> bytes:
    """Return the bytes of a sound answer; `headers` add or replace, None leaves one out."""
    fields: dict[str, str | None] = {"Content-Type": content_type, "Content-Length": str(len(body))}
    fields |= headers or {}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    phrase = HTTPStatus(status).phrase
    head = "\r\n".join([f"HTTP/1.1 {status} {phrase}", *lines, "", ""])
    return head.encode("latin-1") + body


def answer(
    status: int = 200,
    body: bytes = b"{}",
    headers: Mapping[str, str | None] | None = None,
    content_type: str = EFP_JSON,
) -> Behaviour:
    """Answer properly and keep the connection."""
    return raw(build(status, body, headers, content_type), stays_open=True)


def raw(message: bytes, *, stays_open: bool = False) -> Behaviour:
    """Send these bytes."""

    def behave(connection: socket.socket, stopped: Event) -> bool:  # noqa: ARG001 - sends once
        connection.sendall(message)
        return stays_open

    return behave


def truncated(message: bytes, length: int) -> Behaviour:
    """Send the first `length` bytes of a message, then close."""
    return raw(message[:length])


def silent() -> Behaviour:
    """Take the request and say nothing."""

    def behave(connection: socket.socket, stopped: Event) -> bool:  # noqa: ARG001 - says nothing
        stopped.wait()
        return False

    return behave


def drip(message: bytes, start: int = 0, interval: float = 0.02) -> Behaviour:
    """Send a message at once up to `start`, and the rest byte by byte every `interval` seconds."""

    def behave(connection: socket.socket, stopped: Event) -> bool:
        connection.sendall(message[:start])
        for position in range(start, len(message)):
            if stopped.wait(interval):
                break
            connection.sendall(message[position : position + 1])
        return False

    return behave


def endless(piece: bytes, start: bytes = b"", interval: float = 0) -> Behaviour:
    """Send `start`, then a piece again and again."""

    def behave(connection: socket.socket, stopped: Event) -> bool:
        connection.sendall(start)
        while not stopped.wait(interval):
            connection.sendall(piece)
        return False

    return behave


def endless_continue(interval: float = 0.01) -> Behaviour:
    """Announce an answer for ever and never give it."""
    return endless(b"HTTP/1.1 100 Continue\r\n\r\n", interval=interval)


def many_headers(count: int) -> Behaviour:
    """Send `count` short headers."""
    return raw(build(headers={f"X-{number}": "x" for number in range(count)}))


def reset(message: bytes = b"") -> Behaviour:
    """Send some bytes, then reset the connection."""

    def behave(connection: socket.socket, stopped: Event) -> bool:  # noqa: ARG001 - ends at once
        connection.sendall(message)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return behave


def half_close(message: bytes = b"") -> Behaviour:
    """Send some bytes, close our direction and keep listening."""

    def behave(connection: socket.socket, stopped: Event) -> bool:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        stopped.wait()
        return False

    return behave
