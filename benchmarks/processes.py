"""Programs of one run: each on its own core, with a log, ended by its process id."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

FEEDER, READER = 0, 1
"""What serves has one core, what reads and stores has the other: no product gets more."""

ROOT = Path(__file__).parents[1]
"""Where programs run that are not told another folder: `-m benchmarks.…` is found there."""

PATIENCE_SECONDS = 10

Process = subprocess.Popen[bytes]


class Unavailable(Exception):
    """A part of the run cannot be measured on this machine; the rest goes on."""


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Start everything inside the block on one of the cores that we may use."""
    allowed = os.sched_getaffinity(0)
    cores = sorted(allowed)
    os.sched_setaffinity(0, {cores[core % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def running(
    command: Sequence[str | Path],
    core: int,
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> Iterator[Process]:
    """Run a program beside the block and give its process; end it, and nothing else, after."""
    with log.open("ab") as output, on_core(core):
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(
    command: Sequence[str | Path],
    core: int,
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> str:
    """Run a program to its end on one core; return what it printed, or raise Unavailable."""
    with on_core(core):
        try:
            done = subprocess.run(
                command,
                check=True,
                capture_output=True,
                text=True,
                timeout=seconds,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
            )
        except (OSError, subprocess.SubprocessError) as error:
            lines = str(getattr(error, "stderr", "") or "").strip().splitlines()[-3:]
            raise Unavailable(f"{error} {' '.join(lines)}".strip()) from error
    return done.stdout


def cpu_seconds(process: Process) -> float:
    """Return the CPU time of a process so far, of all its threads, to the nanosecond (Linux).

    What other programs do on the same machine at the same time is hardly in it.
    """
    # What clock_getcpuclockid(3) returns for another process.
    return time.clock_gettime(~process.pid << 3 | 2)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(process: Process, port: int, path: str, *, seconds: float = 60) -> None:
    """Wait until a server on loopback answers at all; raise Unavailable when it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", path)
            connection.getresponse().read()
            return
        connection.close()
        time.sleep(0.1)
    raise Unavailable(f"{process.args!r} did not answer on port {port} within {seconds:g} s")
