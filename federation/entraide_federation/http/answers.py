"""What an answer must be like to be believed: status, type, size and end."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from requests import Response
from urllib3.exceptions import HTTPError

from entraide import text
from entraide.errors import BadText
from entraide_federation.protocol.errors import NAMESPACE

from .errors import PeerMisbehaved, PeerRefused
from .exchange import Exchange

EFP_JSON = "application/vnd.efp+json"
EFP_NDJSON = "application/vnd.efp+ndjson"
PROBLEM_JSON = "application/problem+json"

OK, NOT_MODIFIED, BAD_REQUEST, GONE = 200, 304, 400, 410

_NAMESPACE = f"{NAMESPACE}#"
_PROBLEM_NAME = re.compile(r"[a-z][a-z-]{0,39}")
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,128}"')
_SECONDS = re.compile(r"[0-9]{1,6}")
_HOST = re.compile(r"[a-zA-Z0-9.:-]{1,253}")
_PIECE = 65536


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """A complete answer: status 200, 304 (empty body) or 410 (the body is a Tombstone).

    `etag` is a strong validator with its quotes; `backoff` seconds to wait before asking again.
    """

    status: int
    body: bytes
    etag: str | None
    backoff: int | None


def check_status_and_type(
    response: Response, exchange: Exchange, *, accept: str, statuses: Collection[int]
) -> None:
    """Raise `PeerMisbehaved` or `PeerRefused` unless status and type are those expected."""
    status = response.status_code
    is_typed = response.headers.get("Content-Type") == accept or status == NOT_MODIFIED
    if status in statuses and is_typed:
        return
    if status >= BAD_REQUEST:
        raise refusal(response, exchange)
    raise _misbehaviour(response, exchange)


def _misbehaviour(response: Response, exchange: Exchange) -> PeerMisbehaved:
    """Return the error for a status below 400 that was not asked for."""
    status, base = response.status_code, exchange.target.base
    if status == NOT_MODIFIED:
        return PeerMisbehaved(base, "not-modified", "it answered 304 to a request without ETag")
    if status == OK:
        kind = response.headers.get("Content-Type", "")
        return PeerMisbehaved(
            base, "content-type", f"it answered with the type {kind!a:.100}; is its proxy in order?"
        )
    location = response.headers.get("Location")
    if location is None:
        return PeerMisbehaved(base, "status", f"it answered with the status {status}")
    return PeerMisbehaved(
        base,
        "redirect",
        f"it redirects to {_host_of(location)}; ask its operator whether it has moved",
    )


def _host_of(location: str) -> str:
    """Return the host of a hostile URL, if it can be shown."""
    try:
        host = urlsplit(location).hostname or ""
    except ValueError:
        host = ""
    return host if _HOST.fullmatch(host) else "an unreadable address"


def refusal(response: Response, exchange: Exchange) -> PeerRefused:
    """Return the error for a status from 400, with its problem document if it is a sound one."""
    problem: dict[str, Any] = {}
    if response.headers.get("Content-Type") == PROBLEM_JSON:
        try:
            document = text.decode(read_body(response, exchange))
        except BadText:
            document = None
        problem = document if isinstance(document, dict) else {}
    kind = str(problem.get("type", ""))
    name = kind.removeprefix(_NAMESPACE)
    is_ours = kind.startswith(_NAMESPACE) and _PROBLEM_NAME.fullmatch(name)
    return PeerRefused(
        exchange.target.base,
        response.status_code,
        problem_name=name if is_ours else "",
        problem=problem,
        retry_after=seconds_of(response, "Retry-After"),
        backoff=seconds_of(response, "Backoff"),
    )


def seconds_of(response: Response, header: str) -> int | None:
    """Return a header in whole seconds; dates and anything else are none."""
    value = response.headers.get(header, "")
    return int(value) if _SECONDS.fullmatch(value) else None


def etag_of(response: Response) -> str | None:
    """Return the strong validator of the answer, if it has one."""
    value = response.headers.get("ETag", "")
    return value if _STRONG_ETAG.fullmatch(value) else None


def read_body(response: Response, exchange: Exchange) -> bytes:
    """Return the complete body; raise a `PeerError` if it is too large, cut or too slow."""
    return b"".join(read_pieces(response, exchange))


def read_pieces(response: Response, exchange: Exchange) -> Iterator[bytes]:
    """Yield the body in pieces; only the normal end of the iteration means that it is complete."""
    base = exchange.target.base
    if "Content-Encoding" in response.headers:
        raise PeerMisbehaved(base, "content-encoding", "it compresses although asked not to")
    if int(response.headers.get("Content-Length", 0)) > exchange.budget.body_bytes:
        raise exchange.oversized()
    size = 0
    while piece := _read_piece(response, exchange):
        size += len(piece)
        if size > exchange.budget.body_bytes:
            raise exchange.oversized()
        yield piece
    exchange.remaining()


def _read_piece(response: Response, exchange: Exchange) -> bytes:
    """Return the next bytes of the body, empty at its proper end."""
    try:
        piece: bytes = response.raw.read(_PIECE, decode_content=False)
    except HTTPError as error:
        raise PeerMisbehaved(
            exchange.target.base, "framing", f"its chunks cannot be told apart ({error})"
        ) from error
    return piece


def split_lines(pieces: Iterator[bytes], exchange: Exchange, longest: int) -> Iterator[bytes]:
    """Yield the lines of NDJSON without their line feed, each at most `longest` bytes."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield _checked(line, exchange, longest)
        _checked(rest, exchange, longest)
    if rest:
        raise PeerMisbehaved(exchange.target.base, "truncated", "its last line has no line feed")


def _checked(line: bytes, exchange: Exchange, longest: int) -> bytes:
    """Return the line; raise `PeerMisbehaved` when it is too long."""
    if len(line) > longest:
        raise PeerMisbehaved(
            exchange.target.base, "line-too-long", f"a line of more than {longest} bytes"
        )
    return line
