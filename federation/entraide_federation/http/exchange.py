"""One request and its answer: the clock and the byte accounts that nothing may exceed."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from .dialling import Dialler
from .errors import PeerMisbehaved, PeerTimeout
from .targets import Target


@dataclass(frozen=True, slots=True)
class Budget:
    """What an exchange may cost, in seconds and bytes.

    `wall_clock` grows by one second for each started `grown_by` bytes received, if that is set.
    """

    connect: float
    first_byte: float
    wall_clock: float
    header_bytes: int
    body_bytes: int
    grown_by: int | None = None


class Exchange:
    """The running account of one request; its deadline overrides any result.

    The clock starts when the object is made. `has_head` is set once status line and headers were
    read; until then `header_bytes` limits what may arrive.
    """

    def __init__(
        self, target: Target, budget: Budget, dialler: Dialler, monotonic: Callable[[], float]
    ) -> None:
        self.target = target
        self.budget = budget
        self.dialler = dialler
        self.has_head = False
        self.received = 0
        self._monotonic = monotonic
        self._started = monotonic()

    def remaining(self) -> float:
        """Return the seconds left, more than 0; raise `PeerTimeout` when the deadline passed."""
        allowed = self.budget.wall_clock
        if self.budget.grown_by:
            allowed += -(-self.received // self.budget.grown_by)
        left = self._started + allowed - self._monotonic()
        if left <= 0:
            raise PeerTimeout(
                self.target.base,
                "deadline",
                f"not finished after {allowed:g} s; it will be asked again later",
            )
        return left

    def connect_remaining(self) -> float:
        """Return the seconds left for name, connection and TLS; raise `PeerTimeout` at 0."""
        left = self._started + self.budget.connect - self._monotonic()
        if left <= 0:
            raise PeerTimeout(
                self.target.base,
                "connect",
                f"no connection within {self.budget.connect:g} s; is the site up?",
            )
        return min(left, self.remaining())

    def patience(self) -> tuple[float, str]:
        """Return how long to wait for the next bytes, and the timeout's reason if none come."""
        left = self.remaining()
        if not self.received and self.budget.first_byte < left:
            return self.budget.first_byte, "first-byte"
        return left, "deadline"

    def count(self, size: int) -> None:
        """Add bytes that came off the wire; raise `PeerMisbehaved` when they are too many.

        The ceiling of a body leaves room for the framing of chunks, and bounds what a lying
        length or chunk size can make us hold.
        """
        self.received += size
        if not self.has_head and self.received > self.budget.header_bytes:
            raise PeerMisbehaved(
                self.target.base,
                "header-bytes",
                f"more than {self.budget.header_bytes} bytes of headers",
            )
        if self.received > self.budget.header_bytes + 2 * self.budget.body_bytes + 65536:
            raise self.oversized()

    def oversized(self) -> PeerMisbehaved:
        """Return the error for a body above its limit."""
        return PeerMisbehaved(
            self.target.base,
            "too-large",
            f"the body of {self.target.path:.200} exceeds {self.budget.body_bytes} bytes",
        )


current: ContextVar[Exchange] = ContextVar("entraide_federation_exchange")
"""The exchange that this thread is sending; connections made for it obey its budget."""
