"""Kinto: two servers and kinto-http between them, configured as a careful operator would."""

from __future__ import annotations

import json
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks import polls, postgresql, processes

BACKENDS = ("postgresql", "memory")
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
kinto.storage_backend = kinto.core.storage.{backend}
kinto.storage_url = {database}
kinto.permission_backend = kinto.core.permission.{backend}
kinto.permission_url = {database}
kinto.cache_backend = kinto.core.cache.memory
kinto.batch_max_requests = 100
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
"""Passwords checked without bcrypt, batches of 100 instead of 25, no plugin, no log of requests."""


def install(tools: Path) -> Path:
    """Return the `bin` folder of Kinto's environment, made at the first use."""
    folder = tools / "kinto"
    binaries = folder / "bin"
    if not (binaries / "kinto").exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = (binaries / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
        processes.run((*pip, "-r", REQUIREMENTS), processes.FEEDER, seconds=SECONDS)
    return binaries


def measure(binaries: Path, documents: Path, scratch: Path, backend: str) -> dict[str, float]:
    """Return the seconds of a replication and the bytes of a poll without news."""
    start = partial(_serving, binaries, scratch, backend)
    with ExitStack() as stack:
        source = stack.enter_context(start("source", processes.FEEDER))
        target = stack.enter_context(start("target", processes.READER))
        _run(binaries, "load", _url(source), str(documents))
        figures = _run(binaries, "replicate", _url(source), _url(target))
        counter = stack.enter_context(polls.counting(source))
        _run(binaries, "poll", _url(source), _url(counter.port))
        return figures | {"poll_request": counter.poll.request, "poll_answer": counter.poll.answer}


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1"


def _run(binaries: Path, action: str, source: str, target: str) -> dict[str, float]:
    command = (binaries / "python", PROGRAM, action, source, target)
    printed = processes.run(command, processes.READER, seconds=SECONDS)
    figures: dict[str, float] = json.loads(printed)
    return figures


@contextmanager
def _serving(binaries: Path, scratch: Path, backend: str, name: str, core: int) -> Iterator[int]:
    """Run a server, and its database if it has one, on one core; give its port."""
    port, kinto = processes.free_port(), binaries / "kinto"
    settings = scratch / f"kinto-{backend}-{name}.ini"
    with ExitStack() as stack:
        url = ""
        if backend == "postgresql":
            database = stack.enter_context(postgresql.serving(core))
            database.create("kinto")
            url = database.url("kinto", "postgresql")
        settings.write_text(SETTINGS.format(port=port, backend=backend, database=url), "utf-8")
        processes.run((kinto, "migrate", "--ini", settings), core, seconds=SECONDS)
        log = settings.with_suffix(".log")
        command = (kinto, "start", "--ini", settings)
        server = stack.enter_context(processes.running(command, core, log))
        processes.wait_for(server, port, "/v1/")
        yield port
