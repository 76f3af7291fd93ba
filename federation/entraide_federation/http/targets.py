"""What may be asked: a registered base and a path below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from entraide_federation.protocol.spelling import is_origin

from .errors import TargetRefused

_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@/?%-]{0,2047}")
_SECURE_PORT = 443


@dataclass(frozen=True, slots=True)
class Target:
    """A request's destination; `is_local` means loopback in development."""

    base: str
    host: str
    port: int
    path: str
    is_local: bool


def parse_target(base: str, path: str, *, is_development: bool) -> Target:
    """Return where to send a request for `path` at `base`; raise `TargetRefused` otherwise.

    Production knows `https://name.example` on port 443 alone; development also permits
    `http://127.0.0.1:PORT`, literally. A relative path cannot lead to another host.
    """
    if not _PATH.fullmatch(path):
        raise TargetRefused(base, "path", f"a path begins with one / and is ASCII: {path!a:.200}")
    if not is_origin(base, development=is_development):
        raise TargetRefused(
            base,
            "base",
            "a peer's base is https://name.example; correct it in [[federation.peers]]",
        )
    parts = urlsplit(base)
    return Target(
        base, str(parts.hostname), parts.port or _SECURE_PORT, path, parts.scheme == "http"
    )
