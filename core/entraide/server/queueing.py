"""Requests that wait for a thread: each line in its turn, and in a flood not only its oldest."""

from __future__ import annotations

from collections import deque
from typing import Any


class FairQueue:
    """Takes the place of waitress's queue; its dispatcher holds a lock around each call.

    One request of each line in turn. Of one line the oldest first; when more than `most` of it
    wait, the newest and the oldest in turn: a person who comes beside a flood of the same line
    (all lines are one behind a proxy) would otherwise wait for all of it.
    """

    def __init__(self, most: int) -> None:
        self._most, self._size, self._is_newest = most, 0, False
        self._lines: dict[str, deque[Any]] = {}

    def __len__(self) -> int:
        return self._size

    def append(self, connection: Any) -> None:
        """Let the request of a connection wait."""
        self._lines.setdefault(connection.client, deque()).append(connection)
        self._size += 1

    def popleft(self) -> Any:
        """Take out the connection that is answered next; IndexError when none waits."""
        client = next(iter(self._lines), None)
        if client is None:
            raise IndexError("no request waits")
        # Its line is the last one now.
        line = self._lines.pop(client)
        self._is_newest = not self._is_newest and len(line) > self._most
        connection = line.pop() if self._is_newest else line.popleft()
        if line:
            self._lines[client] = line
        self._size -= 1
        return connection
