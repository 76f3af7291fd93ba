"""Pages leave compressed where the browser takes it: a phone on a slow line waits half as long."""

from __future__ import annotations

import zlib
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.http import parse_accept_header

COMPRESSIBLE = frozenset(
    {
        "text/html",
        "text/css",
        "text/csv",
        "text/plain",
        "text/calendar",
        "application/json",
        "application/problem+json",
        "application/openapi+json",
        "application/atom+xml",
        "application/rss+xml",
        "application/xml",
        "image/svg+xml",
    }
)
SMALLEST, LARGEST = 600, 4 * 1024 * 1024
"""Bytes of a body: below them nothing is gained, above them a thread would work too long."""

GZIP, SMALLEST_WINDOW = 16, 9
"""What zlib's `wbits` asks for: the header of gzip, and the window in powers of two."""

QUICKLY, WELL = 2, 9
"""Levels of gzip for a page, made once, and for a file that is kept: a page of 32 kB takes 0.3 ms
instead of 1.0 at level 6 and is a tenth longer."""


def install(app: Flask) -> None:
    """Compress what is text, of a useful size and not yet coded.

    Answers with a validator say themselves which representation they are, and stay as they are.
    Secrets of a form are masked anew in each page (`visitors.csrf_token`), so that the length of a
    compressed page tells nothing about them.
    """

    @app.after_request
    def _compress(response: Response) -> Response:
        if response.mimetype not in COMPRESSIBLE or response.direct_passthrough:
            return response
        if response.status_code == 304 or "ETag" in response.headers:  # noqa: PLR2004 - no body
            return response
        body = response.get_data()
        if SMALLEST <= len(body) <= LARGEST:
            response.vary.add("Accept-Encoding")
            accepted = request.headers.get("Accept-Encoding", "")
            if takes_gzip(accepted) and "Content-Encoding" not in response.headers:
                response.set_data(pack(body, QUICKLY))
                response.headers["Content-Encoding"] = "gzip"
        return response


@lru_cache(maxsize=512)
def takes_gzip(accepted: str) -> bool:
    """Return whether a request accepts gzip, by its `Accept-Encoding`."""
    return parse_accept_header(accepted).quality("gzip") > 0


def pack(body: bytes, level: int = WELL) -> bytes:
    """Return a body as one member of gzip (RFC 1952), the same for the same body.

    A body smaller than the window gets a smaller one: to clear 256 kB takes longer than to pack 5.
    """
    window = min(zlib.MAX_WBITS, max(SMALLEST_WINDOW, len(body).bit_length()))
    packer = zlib.compressobj(level, zlib.DEFLATED, GZIP + window)
    return packer.compress(body) + packer.flush()
