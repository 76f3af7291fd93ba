"""Ports for servers that a test starts, stops and starts again.

A port that the system chooses (bind to 0) lies in its range for outgoing connections: while the
server is down, any connection of another process may be given it, and the server comes back to an
address in use. These lie below that range, and each process of the test runner has its own.
"""

import itertools
import os
import re
import socket

LOWEST = 10_000
"""Above what services of a machine use."""

PER_PROCESS = 1_250
PROCESSES = 18
"""10,000 + 18 x 1,250 = 32,500: below 32,768, where outgoing connections begin on Linux."""


def own_range(worker: str, pid: int) -> range:
    """Return the ports of one process: by its number among the workers, else by its pid."""
    number = re.fullmatch(r"gw(\d+)", worker)
    place = int(number[1]) if number else pid
    start = LOWEST + place % PROCESSES * PER_PROCESS
    return range(start, start + PER_PROCESS)


_own = own_range(os.environ.get("PYTEST_XDIST_WORKER", ""), os.getpid())
# Two runs on one machine have workers of the same number: each begins at another place.
_from_here_on = itertools.islice(itertools.cycle(_own), os.getpid() % PER_PROCESS, None)


def free_port() -> int:
    """Return a port of this machine that nobody uses, and that no other test will be given."""
    for port in itertools.islice(_from_here_on, PER_PROCESS):
        if is_free(port):
            return port
    raise OSError(f"no port from {_own.start} to {_own.stop - 1} of 127.0.0.1 is free")


def free_ports(count: int) -> list[int]:
    """Return so many ports, each as `free_port`."""
    return [free_port() for _number in range(count)]


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port of loopback."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
