"""Our own side of the run: verified bootstraps on both databases, and a poll without news."""

from __future__ import annotations

import json
import socket
import sqlite3
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import polls, postgresql, processes, sites
from benchmarks.sites import Site
from entraide_federation.http import PeerClient
from entraide_federation.protocol.limits import DEFAULT

DATABASES = ("sqlite", "postgresql")
OFFERS_OF_POLLED_SITE = 100
NAMED_HOST = "clamecy.example"
"""The host of whose polls the bytes are told; on loopback ours has an address and a port."""

SECONDS = 900
NOT_MODIFIED = 304


def measure(origin: Site, database: str, scratch: Path) -> dict[str, float]:
    """Bootstrap a new site from `origin`; return what the program `reader` prints."""
    with ExitStack() as stack:
        url = ""
        if database == "postgresql":
            server = stack.enter_context(postgresql.serving(processes.READER))
            server.create("reader")
            url = server.url("reader")
        stack.enter_context(sites.serving(origin))
        reader = sites.write_site(
            scratch,
            f"reader-{database}-{origin.folder.name}",
            port=processes.free_port(),
            database=url,
            peer=origin.base,
        )
        command = (sys.executable, "-m", "benchmarks.reader", reader.folder)
        printed = processes.run(command, processes.READER, seconds=SECONDS)
        figures: dict[str, float] = json.loads(printed.splitlines()[-1])
        return figures


def count_poll(scratch: Path) -> dict[str, float]:
    """Return the bytes of our client's poll without news, as if our address were NAMED_HOST."""
    listener = socket.create_server(("127.0.0.1", 0))
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    origin = sites.fill_origin(scratch, "polled", OFFERS_OF_POLLED_SITE, base=f"http://{host}")
    with ExitStack() as stack:
        stack.enter_context(sites.serving(origin))
        counter = stack.enter_context(polls.counting(origin.port, listener))
        client = stack.enter_context(PeerClient(limits=DEFAULT.for_development(), development=True))
        poll = _poll(client, origin, counter)
    request = poll.request - len(host) + len(NAMED_HOST)
    return {"poll_request": request, "poll_answer": poll.answer}


def _poll(client: PeerClient, origin: Site, counter: polls.Counter) -> polls.Poll:
    since: str = _ask(client, origin, "/federation/v1/changes")["next"]
    path = f"/federation/v1/changes?since={since}"
    last = client.get(origin.base, path)
    poll = counter.restart().poll
    answer = client.get(origin.base, path, etag=last.etag)
    if answer.status != NOT_MODIFIED:
        raise processes.Unavailable(f"the poll was answered with {answer.status}, not 304")
    return poll


def _ask(client: PeerClient, origin: Site, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(client.get(origin.base, path).body)
    return answer


def write_documents(origin: Site, count: int, file: Path) -> None:
    """Write the first offers of an origin as lines of JSON for the peers, which need short ids."""
    query = "SELECT body FROM federation_object WHERE type = 'Offer' ORDER BY uid LIMIT ?"
    connection = sqlite3.connect(origin.database)
    with file.open("w", encoding="utf-8") as lines:
        for (body,) in connection.execute(query, (count,)):
            document = json.loads(body)
            document["id"] = document["id"].rpartition("/")[2]
            lines.write(json.dumps(document, ensure_ascii=False) + "\n")
    connection.close()
