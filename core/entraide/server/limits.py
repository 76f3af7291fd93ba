"""How long the server waits for a client, and how much of it one client may hold."""

from __future__ import annotations

import resource
from dataclasses import dataclass

KIB = 1024
CONNECTIONS = 4096
"""Open connections of one server, where the system allows as many files."""

OWN_FILES = 256
"""Open files that stay free for the database, the search index, mails and answers from files."""

WANTED_FILES = 4 * CONNECTIONS


@dataclass(frozen=True, kw_only=True)
class ServerLimits:
    """Deadlines in seconds, sizes in bytes.

    `per_client` is how many connections one line (an IPv4 address, an IPv6 /64) holds at most;
    None where a proxy is in front, because all connections are the proxy's then. `memory_bytes` is
    what answers that nobody has read yet may hold together.
    """

    connections: int = CONNECTIONS
    per_client: int | None = CONNECTIONS // 4
    head_seconds: float = 20
    body_seconds: float = 60
    answer_seconds: float = 3600
    idle_seconds: float = 75
    linger_seconds: float = 5
    window_seconds: float = 20
    bytes_per_second: int = 2 * KIB
    report_seconds: float = 30
    head_bytes: int = 32 * KIB
    body_bytes: int = 64 * KIB
    memory_bytes: int = 64 * KIB * KIB

    @property
    def window_bytes(self) -> int:
        """Return how many bytes a client must take or give in each window."""
        return int(self.window_seconds * self.bytes_per_second)


def raise_open_files() -> int:
    """Raise the limit of open files towards the system's; return how many connections fit.

    A connection may hold a second file: the one that its answer is read from.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        soft = limit
    files = WANTED_FILES if soft == resource.RLIM_INFINITY else soft
    return max(OWN_FILES // 4, min(CONNECTIONS, files - OWN_FILES))
