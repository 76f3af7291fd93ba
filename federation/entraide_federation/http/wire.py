"""Reading answers off the wire: every byte obeys the deadline and the accounts of its exchange."""

from __future__ import annotations

import io
import re
import socket
from http.client import HTTPException, HTTPResponse

from .errors import PeerError, PeerMisbehaved, PeerTimeout, PeerUnreachable
from .exchange import Exchange, current

_LENGTH = re.compile(r"[0-9]{1,12}")


class GuardedReader(io.RawIOBase):
    """Reads a socket under an exchange's deadline and byte accounts.

    Each wait is as long as the exchange allows and no longer, so that neither dripped bytes nor
    endless `100 Continue` can outlast it.
    """

    def __init__(self, sock: socket.socket, exchange: Exchange, holder: io.BufferedReader) -> None:
        super().__init__()
        self._sock = sock
        self._exchange = exchange
        self._holder = holder

    def readable(self) -> bool:
        """Return True: this is for reading only."""
        return True

    def close(self) -> None:
        """Let go of the socket, which the file of the standard library holds open."""
        self._holder.close()
        super().close()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Receive into `buffer` and return the number of bytes, at least 1."""
        base = self._exchange.target.base
        seconds, reason = self._exchange.patience()
        self._sock.settimeout(seconds)
        try:
            size = self._sock.recv_into(buffer)
        except TimeoutError:
            raise PeerTimeout(
                base, reason, f"silent for {seconds:.1f} s; it will be asked again later"
            ) from None
        except OSError as error:
            raise PeerUnreachable(
                base, "disconnected", f"the connection broke ({error}); it will be asked again"
            ) from error
        if not size:
            raise self._cut()
        self._exchange.count(size)
        return size

    def _cut(self) -> PeerError:
        """Return the error for an end: an answer says its length, so nobody reads up to it."""
        base = self._exchange.target.base
        if self._exchange.has_head:
            return PeerMisbehaved(base, "truncated", "the answer was cut; it will be asked again")
        return PeerUnreachable(base, "disconnected", "it closed the connection before answering")


class GuardedResponse(HTTPResponse):
    """An answer whose head, framing and chunks are checked where they are read."""

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._exchange = current.get()
        self.fp = io.BufferedReader(GuardedReader(sock, self._exchange, self.fp))

    def begin(self) -> None:
        """Read status and headers; raise `PeerMisbehaved` when they are not sound HTTP."""
        try:
            super().begin()
        except HTTPException as error:
            raise self._misbehaved("headers", f"{type(error).__name__} in its headers") from error
        if self.msg.defects:
            raise self._misbehaved("headers", "its headers cannot be read")
        del self.msg["Set-Cookie"]  # A peer's cookies are not even parsed.
        self._exchange.has_head = True
        self._check_framing()

    def _check_framing(self) -> None:
        """Refuse a body whose end could not be told from a cut connection."""
        lengths = self.msg.get_all("content-length", [])
        codings = self.msg.get_all("transfer-encoding", [])
        is_chunked = [coding.lower() for coding in codings] == ["chunked"] and not lengths
        is_measured = len(lengths) == 1 and _LENGTH.fullmatch(lengths[0]) and not codings
        is_bare = self.length == 0 and not lengths and not codings
        if not (is_chunked or is_measured or is_bare):
            raise self._misbehaved("framing", "its answer does not say where it ends")

    def _read_next_chunk_size(self) -> int:
        """Return the size of the next chunk; a negative one would read on for ever."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise self._misbehaved("framing", "a chunk of negative size")
        return size

    def _misbehaved(self, reason: str, detail: str) -> PeerMisbehaved:
        return PeerMisbehaved(
            self._exchange.target.base, reason, f"{detail}; its operator should look at its server"
        )
