"""The client with which a puller asks its peers: the only way out of an instance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from requests import PreparedRequest, Request, Response
from requests.exceptions import RequestException, SSLError, Timeout

from entraide_federation.protocol.limits import KIB, Limits

from .adapter import Adapters
from .answers import (
    EFP_JSON,
    EFP_NDJSON,
    GONE,
    NOT_MODIFIED,
    OK,
    PeerAnswer,
    check_status_and_type,
    etag_of,
    read_body,
    read_pieces,
    seconds_of,
    split_lines,
)
from .dialling import Dialler
from .errors import PeerError, PeerTimeout, PeerUnreachable
from .exchange import Budget, Exchange, current
from .targets import Target, parse_target

HEADER_BYTES = 32 * KIB
"""Status line and headers of an answer, interim answers included; ours have 200 bytes."""
IDLE_SECONDS = 60.0
"""Unused for longer, a connection is closed: firewalls forget them without telling."""


class PeerClient:
    """Asks registered peers, within limits that no answer can stretch.

    One per process that pulls. Peers share no connection, cookie or other state, and one thread
    at a time talks to one peer. `authorities` is a file of certificate authorities, by default
    the public ones; `monotonic` tells seconds.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        development: bool = False,
        user_agent: str = "Entraide/0.1",
        dialler: Dialler | None = None,
        authorities: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._is_development = development
        self._user_agent = user_agent
        self._dialler = dialler or Dialler(answers=limits.dns_answers)
        self._verify: bool | str = str(authorities) if authorities else True
        self._monotonic = monotonic
        self._adapters = Adapters(IDLE_SECONDS, monotonic)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._adapters.close()

    def get(
        self,
        base: str,
        path: str,
        *,
        accept: str = EFP_JSON,
        etag: str | None = None,
        max_bytes: int | None = None,
        wall_clock: float | None = None,
    ) -> PeerAnswer:
        """Return the complete answer to a GET of `path` at the registered `base`.

        `etag` makes it conditional. `max_bytes` limits the body (default: a page), `wall_clock`
        the seconds from the name to the last byte (default: an exchange's). Raises `PeerError`:
        whatever is cut, late, too large or of another type than `accept` is never returned.
        """
        exchange = self._open(base, path, self._budget(max_bytes, wall_clock))
        statuses = (OK, GONE, NOT_MODIFIED) if etag else (OK, GONE)
        with closing(self._send(exchange, accept, etag)) as response:
            check_status_and_type(response, exchange, accept=accept, statuses=statuses)
            body = read_body(response, exchange)
        return PeerAnswer(
            response.status_code, body, etag_of(response), seconds_of(response, "Backoff")
        )

    @contextmanager
    def stream(
        self,
        base: str,
        path: str,
        *,
        accept: str = EFP_NDJSON,
        max_bytes: int | None = None,
        max_line_bytes: int | None = None,
        wall_clock: float | None = None,
    ) -> Iterator[Iterator[bytes]]:
        """Open a GET of NDJSON as an iterator of lines without their line feed.

        The answer is complete only once the iteration has ended; until then it may raise
        `PeerError` at any line. The deadline grows by a second for each started 256 KiB.
        """
        budget = self._snapshot_budget(max_bytes, wall_clock)
        exchange = self._open(base, path, budget)
        longest = max_line_bytes or self._limits.object_bytes
        with closing(self._send(exchange, accept, None)) as response:
            check_status_and_type(response, exchange, accept=accept, statuses=(OK,))
            yield split_lines(read_pieces(response, exchange), exchange, longest)

    def _budget(self, max_bytes: int | None, wall_clock: float | None) -> Budget:
        limits = self._limits
        return Budget(
            connect=limits.connect_seconds,
            first_byte=limits.first_byte_seconds,
            wall_clock=limits.exchange_seconds if wall_clock is None else wall_clock,
            header_bytes=HEADER_BYTES,
            body_bytes=limits.page_bytes if max_bytes is None else max_bytes,
        )

    def _snapshot_budget(self, max_bytes: int | None, wall_clock: float | None) -> Budget:
        limits = self._limits
        budget = self._budget(limits.snapshot_bytes if max_bytes is None else max_bytes, wall_clock)
        return replace(budget, grown_by=limits.snapshot_bytes_per_second)

    def _open(self, base: str, path: str, budget: Budget) -> Exchange:
        target = parse_target(base, path, is_development=self._is_development)
        return Exchange(target, budget, self._dialler, self._monotonic)

    def _send(self, exchange: Exchange, accept: str, etag: str | None) -> Response:
        """Send the request and return the answer with its headers read and its body waiting."""
        seconds = exchange.budget.wall_clock
        token = current.set(exchange)
        try:
            return self._adapters.take(exchange.target.base).send(
                self._request(exchange.target, accept, etag),
                stream=True,
                timeout=(seconds, seconds),
                verify=self._verify,
            )
        except RequestException as error:
            raise _explain(error, exchange) from error
        finally:
            current.reset(token)

    def _request(self, target: Target, accept: str, etag: str | None) -> PreparedRequest:
        """Return the request; a poll without news should cost few bytes, so nothing is extra."""
        headers = {
            "User-Agent": self._user_agent,
            "Accept-Encoding": "identity",
            "Accept": accept,
        }
        if etag:
            headers["If-None-Match"] = etag
        return Request("GET", target.base + target.path, headers=headers).prepare()


def _explain(error: RequestException, exchange: Exchange) -> PeerError:
    """Return what an error of the HTTP library means; a deadline that passed comes first."""
    base = exchange.target.base
    exchange.remaining()
    if isinstance(error, SSLError):
        return PeerUnreachable(
            base,
            "tls",
            f"no trusted connection ({error}); its operator should renew its certificate",
        )
    if isinstance(error, Timeout):
        return PeerTimeout(base, "connect", "no TLS connection in time; is the site up?")
    return PeerUnreachable(base, "disconnected", f"the connection broke ({error})")
