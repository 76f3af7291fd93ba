"""The transport of `requests` for one peer: connections go to checked addresses and nowhere else."""

from __future__ import annotations

import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .exchange import current
from .wire import GuardedResponse


class PinnedConnection(HTTPConnection):
    """A connection to a peer in development."""

    response_class = GuardedResponse

    def _new_conn(self) -> socket.socket:
        """Return a socket to a checked address; its timeout then bounds the TLS handshake too."""
        exchange = current.get()
        return exchange.dialler.dial(exchange.target, exchange.connect_remaining)


class PinnedTlsConnection(PinnedConnection, HTTPSConnection):
    """A connection whose certificate is verified for the peer's name, whatever the address."""


class PinnedPool(HTTPConnectionPool):
    """Connections in development."""

    ConnectionCls = PinnedConnection


class PinnedTlsPool(HTTPSConnectionPool):
    """Connections in production."""

    ConnectionCls = PinnedTlsConnection


class PinnedAdapter(HTTPAdapter):
    """One peer's transport, used without a session.

    Sessions bring what a federation must not have: cookies, proxies and passwords from the
    environment, and redirects, whose body they read whole even when they do not follow them.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=2)

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        """Make the pool manager with our pools."""
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = {"http": PinnedPool, "https": PinnedTlsPool}


class Adapters:
    """An adapter per base, closed when not used for `idle` seconds.

    Peers share no pool, and a connection that a firewall has long forgotten is not tried again.
    """

    def __init__(self, idle: float, monotonic: Callable[[], float]) -> None:
        self._idle = idle
        self._monotonic = monotonic
        self._adapters: OrderedDict[str, tuple[PinnedAdapter, float]] = OrderedDict()

    def take(self, base: str) -> PinnedAdapter:
        """Return the adapter of a base, after closing all that were idle too long."""
        now = self._monotonic()
        while self._adapters:
            oldest, (adapter, used_at) = next(iter(self._adapters.items()))
            if now - used_at < self._idle:
                break
            del self._adapters[oldest]
            adapter.close()
        adapter = self._adapters[base][0] if base in self._adapters else PinnedAdapter()
        self._adapters[base] = (adapter, now)
        self._adapters.move_to_end(base)
        return adapter

    def close(self) -> None:
        """Close every connection that is not in use."""
        while self._adapters:
            _, (adapter, _) = self._adapters.popitem()
            adapter.close()
