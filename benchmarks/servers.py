"""Program: one site behind several HTTP servers, each under bad clients, side by side in one run."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import processes, sites, strain

TOOLS = processes.ROOT / "var" / "bench" / "tools" / "servers"
PACKAGES = ("gunicorn==27.0.1", "granian==2.8.9")
PAGES = ("/", "/find", "/help-numbers")
SNAPSHOT = "/federation/v1/snapshot"
READERS, CLIENTS, OFFERS = 50, 2000, 30_000

DELIVERED = """
import os, sys
from pathlib import Path
from waitress.server import create_server
from entraide.app import create_app
create_server(create_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), threads=8,
              ident=None, connection_limit=4096 if len(sys.argv) > 3 else 1000,
              asyncore_use_poll=len(sys.argv) > 3).run()
"""
FACTORY = "benchmarks.servers:application"
GUNICORN = ("-m", "gunicorn", "--worker-class=gthread", "--threads=8", "--worker-connections=4096")
GRANIAN = ("-m", "granian", "--interface=wsgi", "--blocking-threads=8", "--no-ws")


def application() -> Any:
    """Return the WSGI application of the site in ENTRAIDE_INSTANCE, for gunicorn and granian."""
    from entraide.app import create_app  # noqa: PLC0415 - only where it is served

    return create_app(Path(os.environ["ENTRAIDE_INSTANCE"]))


def commands(site: sites.Site) -> dict[str, list[str]]:
    """Return how each server is started: 8 threads, one process, as one site needs them."""
    python, port = sys.executable, str(site.port)
    own = [str(Path(sys.prefix) / "bin" / "entraide"), "-i", str(site.folder), "serve"]
    plain = [python, "-c", DELIVERED, str(site.folder), port]
    gunicorn = [python, *GUNICORN, "--bind", f"127.0.0.1:{port}", f"{FACTORY}()"]
    granian = [python, *GRANIAN, "--port", port, "--factory", FACTORY]
    return {
        "entraide": own,
        "waitress, select": plain,
        "waitress, poll": [*plain, "poll"],
        "gunicorn gthread": gunicorn,
        "granian": granian,
    }


def install() -> None:
    """Put the other servers into a folder of their own; they are no part of the project."""
    if not TOOLS.is_dir():
        command = (sys.executable, "-m", "pip", "install", "--quiet", "--target", TOOLS, *PACKAGES)
        processes.run(command, processes.READER, seconds=300)


@contextmanager
def running(site: sites.Site, command: list[str]) -> Iterator[processes.Process]:
    """Serve a site by one of the servers."""
    path = os.pathsep.join((str(processes.ROOT), str(TOOLS)))
    environment = {"ENTRAIDE_INSTANCE": str(site.folder), "PYTHONPATH": path}
    with processes.running(command, processes.FEEDER, site.log, environment=environment) as server:
        processes.wait_for(server, site.port, "/health")
        yield server


def under(
    site: sites.Site, server: subprocess.Popen[bytes], kind: str, count: int, seconds: float
) -> dict[str, Any]:
    """Return the times of a visitor beside `count` bad clients of a kind, and who is left."""
    host = site.base.partition("://")[2]
    end = time.monotonic() + seconds
    times: list[strain.Times] = []
    visitor = threading.Thread(
        target=lambda: times.append(
            strain.visits(site.port, host, PAGES, lambda: time.monotonic() > end)
        )
    )
    clients = None
    if kind != "nobody":
        first, repeated = strain.kinds(host, SNAPSHOT)[kind]
        clients = strain.BadClients(site.port, kind, first, repeated, count)
    visitor.start()
    while time.monotonic() < end:
        if clients is not None:
            clients.step(time.monotonic())
        time.sleep(0.02)
    visitor.join()
    figures: dict[str, Any] = times[0].as_figures() | {"alive": server.poll() is None}
    if clients is not None:
        figures["still_open"] = len(clients.open)
        clients.close()
    return figures


def throughput(site: sites.Site, path: str, headers: str = "", seconds: float = 4) -> float:
    """Return requests a second of eight connections that stay open where they may."""
    host, counts = site.base.partition("://")[2], []
    request = strain.head(path, host, headers + "Connection: close\r\n")

    def ask() -> None:
        times, end = strain.Times(), time.monotonic() + seconds
        while time.monotonic() < end:
            strain.visit(site.port, request, times)
        counts.append(len(times.seconds))

    askers = [threading.Thread(target=ask) for _number in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return round(sum(counts) / seconds, 1)


def main() -> None:
    """Measure what the command line asks for; print one JSON line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--offers", type=int, default=OFFERS)
    parser.add_argument("--servers", nargs="+")
    parser.add_argument("--kinds", nargs="+")
    arguments = parser.parse_args()
    install()
    with tempfile.TemporaryDirectory(dir=processes.ROOT / "var", prefix="servers-") as scratch:
        site = sites.fill_origin(Path(scratch), "measured", arguments.offers)
        for name, command in commands(site).items():
            if arguments.servers and name not in arguments.servers:
                continue
            try:
                measure(site, name, command, arguments)
            except processes.Unavailable as error:
                print(json.dumps({"server": name, "skipped": str(error)[:200]}), flush=True)


def measure(site: sites.Site, name: str, command: list[str], arguments: argparse.Namespace) -> None:
    """Measure one server: alone first, then under each kind of bad client, freshly started."""
    with running(site, command):
        speed = {path: throughput(site, path) for path in ("/health", "/help-numbers", "/find")}
        print(json.dumps({"server": name, "requests_per_second": speed}), flush=True)
    for kind in ("nobody", *strain.kinds("", "")):
        if arguments.kinds and kind not in arguments.kinds:
            continue
        count = READERS if kind == "snapshot readers" else arguments.clients
        with running(site, command) as server:
            figures = under(site, server, kind, count, arguments.seconds)
        print(json.dumps({"server": name, "kind": kind} | figures), flush=True)


if __name__ == "__main__":
    main()
