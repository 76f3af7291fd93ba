"""From a peer's name to a connected socket: resolve once, check every address, dial that one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from .addresses import is_public
from .errors import PeerTimeout, PeerUnreachable
from .targets import Target

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to addresses; raises `OSError` when there are none."""

Connect = Callable[[tuple[str, int], float], socket.socket]
"""Address, port and seconds to a connected socket; raises `OSError`."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that the system's resolver knows, in its order, each once."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


class Dialler:
    """Opens connections to checked addresses only; `answers` is the most that a name may have."""

    def __init__(
        self,
        resolve: Resolve = resolve,
        connect: Connect = socket.create_connection,
        answers: int = 8,
    ) -> None:
        self._resolve = resolve
        self._connect = connect
        self._answers = answers

    def dial(self, target: Target, remaining: Callable[[], float]) -> socket.socket:
        """Return a socket connected to one of the target's addresses.

        `remaining` tells the seconds left for name and connection together. Raises
        `PeerUnreachable` and `PeerTimeout`.
        """
        addresses = ["127.0.0.1"] if target.is_local else self._checked(target, remaining())
        failure: OSError | None = None
        for index, address in enumerate(addresses):
            # A silent address must not use up the time of those behind it.
            seconds = remaining() / (len(addresses) - index)
            try:
                return self._connect((address, target.port), seconds)
            except OSError as error:
                failure = error
        raise PeerUnreachable(
            target.base, "connect", f"no connection ({failure}); is the site up?"
        ) from failure

    def _checked(self, target: Target, seconds: float) -> Sequence[str]:
        """Return the target's addresses if every one of them may be dialled."""
        addresses = self._resolve_within(target, seconds)
        refused = [address for address in addresses if not is_public(address)]
        if not 0 < len(addresses) <= self._answers or refused:
            raise PeerUnreachable(
                target.base,
                "address",
                f"its name gives {len(addresses)} addresses, not public: {refused[:3]}; "
                "ask its operator to correct the DNS",
            )
        return addresses

    def _resolve_within(self, target: Target, seconds: float) -> Sequence[str]:
        """Resolve in a thread of its own, because a resolver cannot be interrupted."""
        answers: SimpleQueue[Sequence[str] | OSError] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(target.host, target.port))
            except OSError as error:
                answers.put(error)

        threading.Thread(target=ask, name=f"resolve {target.host}", daemon=True).start()
        try:
            answer = answers.get(timeout=seconds)
        except Empty:
            raise PeerTimeout(
                target.base, "dns", "the resolver does not answer; check /etc/resolv.conf"
            ) from None
        if isinstance(answer, OSError):
            raise PeerUnreachable(target.base, "dns", f"unknown name ({answer})") from answer
        return answer
