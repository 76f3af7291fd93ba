"""Kinto: two servers on PostgreSQL, kinto-http between them, configured as for production."""

from __future__ import annotations

import json
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import polls, postgresql, processes

NAME = "kinto"
PROGRAM = Path(__file__).with_name("kinto_program.py")
REQUIREMENTS = Path(__file__).with_name("kinto-requirements.txt")
SECONDS = 600

SETTINGS = """\
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
threads = 4

[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = {database}
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = {database}
kinto.cache_backend = kinto.core.cache.memory
kinto.batch_max_requests = 200
kinto.paginate_by = 1000
kinto.userid_hmac_secret = benchmark
kinto.bucket_create_principals = system.Authenticated
multiauth.policies = basicauth
multiauth.policy.basicauth.use = kinto.core.authentication.BasicAuthAuthenticationPolicy

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = ERROR
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(message)s
"""
"""Passwords checked without bcrypt, batches of 200 instead of 25, no plugin, no log of requests."""


@dataclass(frozen=True)
class Server:
    """A running server and the port on which it listens."""

    port: int

    @property
    def url(self) -> str:
        """Return its address for clients."""
        return f"http://127.0.0.1:{self.port}/v1"


def install(tools: Path) -> Path:
    """Return the `bin` folder of Kinto's environment, made at the first use."""
    folder = tools / "kinto"
    binaries = folder / "bin"
    if not (binaries / "kinto").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = (binaries / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
        processes.run((*pip, "-r", REQUIREMENTS), processes.FEEDER, seconds=SECONDS)
    return binaries


def measure(binaries: Path, documents: Path, scratch: Path) -> dict[str, float]:
    """Return the seconds of a replication and the bytes of a poll without news."""
    with ExitStack() as stack:
        source = stack.enter_context(_serving(binaries, scratch, "source", processes.FEEDER))
        target = stack.enter_context(_serving(binaries, scratch, "target", processes.READER))
        _run(binaries, "load", source.url, str(documents))
        found = _run(binaries, "replicate", source.url, target.url)
        counter = stack.enter_context(polls.counting(source.port))
        _run(binaries, "poll", source.url, f"http://127.0.0.1:{counter.port}/v1")
        return found | {"poll_request": counter.poll.request, "poll_answer": counter.poll.answer}


def _run(binaries: Path, action: str, source: str, target: str) -> dict[str, float]:
    command = (binaries / "python", PROGRAM, action, source, target)
    printed = processes.run(command, processes.READER, seconds=SECONDS)
    found: dict[str, float] = json.loads(printed)
    return found


@contextmanager
def _serving(binaries: Path, scratch: Path, name: str, core: int) -> Iterator[Server]:
    """Run a server and its database on one core."""
    with postgresql.serving(core) as database:
        database.create("kinto")
        server = Server(processes.free_port())
        settings = scratch / f"kinto-{name}.ini"
        url = database.url("kinto", "postgresql")
        settings.write_text(SETTINGS.format(port=server.port, database=url), "utf-8")
        kinto = binaries / "kinto"
        processes.run((kinto, "migrate", "--ini", settings), core, seconds=SECONDS)
        log = scratch / f"kinto-{name}.log"
        with processes.running((kinto, "start", "--ini", settings), core, log) as process:
            processes.wait_for(process, server.port, "/v1/")
            yield server
