"""PouchDB servers on LevelDB: one pulls a database from the other with `_replicate`."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks import polls, processes

PACKAGE = "pouchdb-server@4.2.0"
BATCH = 1_000
"""Documents per request of a replication; the default of 100 is slower."""
SECONDS = 600


def install(tools: Path) -> Path:
    """Return the server's program, installed at the first use; Unavailable without node."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise processes.Unavailable("node and npm are not on this machine")
    folder = tools / "pouchdb"
    program = folder / "node_modules" / ".bin" / "pouchdb-server"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        command = ("npm", "install", "--no-audit", "--no-fund", "--silent", PACKAGE)
        processes.run(command, processes.FEEDER, seconds=SECONDS, folder=folder)
    return program


def measure(program: Path, documents: Path, scratch: Path) -> dict[str, float]:
    """Return the seconds of a replication and the bytes of a poll without news."""
    records = [json.loads(line) for line in documents.read_text("utf-8").splitlines()]
    rows = [{"_id": record["id"], **record} for record in records]
    with ExitStack() as stack:
        source = stack.enter_context(_serving(program, scratch, "source", processes.FEEDER))
        target = stack.enter_context(_serving(program, scratch, "target", processes.READER))
        for port in (source, target):
            _ask(port, "PUT", "/offers")
        for start in range(0, len(rows), BATCH):
            _ask(source, "POST", "/offers/_bulk_docs", {"docs": rows[start : start + BATCH]})
        figures = _replicate(source, target)
        counter = stack.enter_context(polls.counting(source))
        last = _ask(source, "GET", "/offers/_changes")["last_seq"]
        _ask(counter.port, "GET", f"/offers/_changes?since={last}")
        return figures | {"poll_request": counter.poll.request, "poll_answer": counter.poll.answer}


def _replicate(source: int, target: int) -> dict[str, float]:
    order = {"source": f"http://127.0.0.1:{source}/offers", "target": "offers", "batch_size": BATCH}
    started = time.perf_counter()
    done = _ask(target, "POST", "/_replicate", order)
    return {"documents": done["docs_written"], "seconds": time.perf_counter() - started}


def _ask(port: int, method: str, path: str, value: Any = None) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    body = None if value is None else json.dumps(value)
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    if answer.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        raise processes.Unavailable(f"{method} {path}: {answer.status} {content}")
    return content


@contextmanager
def _serving(program: Path, scratch: Path, name: str, core: int) -> Iterator[int]:
    folder = scratch / f"pouchdb-{name}"
    folder.mkdir()
    port = processes.free_port()
    settings = folder / "config.json"
    settings.write_text(json.dumps({"log": {"level": "none", "file": str(folder / "log.txt")}}))
    options = ("--port", str(port), "--dir", folder, "--config", settings)
    command = (program, "--host", "127.0.0.1", *options, "--no-stdout-logs")
    log = scratch / f"pouchdb-{name}.log"
    with processes.running(command, core, log, folder=folder) as process:
        processes.wait_for(process, port, "/")
        yield port
