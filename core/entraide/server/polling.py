"""Waiting for clients: the system is told what a connection waits for only when that changes.

waitress asks every connection before each wait; with thousands of idle ones that alone takes
longer than a page.
"""

from __future__ import annotations

import select
from collections import deque
from contextlib import suppress
from typing import Any

from waitress.wasyncore import readwrite

READ, WRITE = select.POLLIN | select.POLLPRI, select.POLLOUT
ASKED = READ | WRITE


class Poller:
    """The connections of a map (file number → connection) and what each waits for.

    Whoever changes what a connection waits for, in whatever thread, appends its number to `changed`
    and then wakes the loop, unless `is_woken` says that it is on its way to look there already.
    """

    def __init__(self, channels: dict[int, Any]) -> None:
        self.changed: deque[int] = deque()
        self.is_woken = False
        self._channels = channels
        self._wanted: dict[int, int] = {}
        self._system: Any = select.epoll() if hasattr(select, "epoll") else select.poll()
        self._unit = 1 if hasattr(select, "epoll") else 1000

    def wait(self, seconds: float) -> None:
        """Wait for clients, at most so long, and let their connections handle it."""
        # First, so that what is appended from now on wakes the loop again.
        self.is_woken = False
        while self.changed:
            self._ask(self.changed.popleft())
        for number, flags in self._system.poll(seconds * self._unit):
            channel = self._channels.get(number)
            events = self._events_of(channel) if channel is not None else 0
            if not events:
                # It sends more while it waits for us: until we are done nothing is asked of it.
                self.forget(number)
                continue
            # It may have been asked for more than is wanted now: what it sent ahead comes first.
            readwrite(channel, flags & ~(ASKED & ~events))
            self._ask(number)

    def forget(self, number: int) -> None:
        """Wait no more for a connection that is about to be closed."""
        if self._wanted.pop(number, 0):
            with suppress(OSError, KeyError):
                self._system.unregister(number)

    def _ask(self, number: int) -> None:
        channel = self._channels.get(number)
        if channel is None:
            self.forget(number)
            return
        events, known = self._events_of(channel), self._wanted.get(number, 0)
        # Most clients send nothing while they wait: to stop listening to each would cost two calls.
        if events and events != known:
            self._wanted[number] = events
            (self._system.modify if known else self._system.register)(number, events)
        elif not events and known & WRITE:
            self.forget(number)

    @staticmethod
    def _events_of(channel: Any) -> int:
        events = READ if channel.readable() else 0
        return events | (WRITE if channel.writable() and not channel.accepting else 0)
