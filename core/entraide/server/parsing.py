"""Reading of requests: one at a time from each connection."""

from __future__ import annotations

from waitress.parser import HTTPRequestParser


class OneRequest(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """A request that is read to its end; what was sent behind it is kept as it came.

    waitress reads all that came at once: in the 8 KiB that it takes fit two hundred requests, and
    while it reads those of two thousand connections nobody else is heard.
    """

    ahead = b""

    def received(self, data: bytes) -> int:
        """Take bytes; return how many need not be given to another request now."""
        count: int = super().received(data)
        if self.completed and not self.empty and count < len(data):
            self.ahead, count = data[count:], len(data)
        return count
