"""A network of development sites: folders, ports, one server and one worker process each."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from entraide import config, runtime, seeding, serving
from entraide.app import create_site
from entraide.errors import ConfigurationError
from entraide.preparing import prepare, run_plugin_inits
from entraide.serving import check_port, configure_logging

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOCAL = """\
# Written by the demo: this site is a rehearsal on this machine.
[site]
development = true

[server]
host = "{host}"
port = {port}
worker = "separate"

[mail]
mailbox = "../../mailbox"
"""


@dataclass(frozen=True)
class DemoSite:
    """One site of the demo: where it comes from, where it lives, its port."""

    source: Path
    folder: Path
    port: int

    @property
    def name(self) -> str:
        """Return the instance's short name."""
        return self.source.name

    @property
    def base_url(self) -> str:
        """Return its address on this machine."""
        return f"http://{HOST}:{self.port}"


class Network:
    """Several sites and their processes; `running` ends these with a block."""

    def __init__(self, sources: Sequence[Path], ports: Sequence[int], state: Path) -> None:
        self.state = state.resolve()
        self.sites = [
            DemoSite(source.resolve(), self.state / source.name, port)
            for source, port in zip(sources, ports, strict=True)
        ]
        self.processes: dict[tuple[str, str], int] = {}

    def prepare(self) -> None:
        """Write the folders; create keys, tables and examples where they are missing."""
        for site in self.sites:
            check_port(HOST, site.port)
            check_kept(site)
        addresses = {address_of(site.source): site.base_url for site in self.sites}
        for site in self.sites:
            write_folder(site, addresses)
        children = [_fork(self._log(site, "init"), _prepared(site)) for site in self.sites]
        for site, child in zip(self.sites, children, strict=True):
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
                log = self._log(site, "init")
                raise ConfigurationError(
                    [
                        f"{site.name} could not be prepared. See {log}:\n"
                        + log.read_text("utf-8")[-2000:]
                    ]
                )

    def start(self) -> None:
        """Start a server and a worker per site; return when every site answers."""
        for site in self.sites:
            self.start_site(site)
        for site in self.sites:
            self.wait_until_up(site)

    def start_site(self, site: DemoSite) -> None:
        """Start one site's two processes."""
        for role, run in (("server", serving.serve), ("worker", serving.work)):
            self.processes[site.name, role] = _fork(self._log(site, role), _running(site, run))

    def wait_until_up(self, site: DemoSite) -> None:
        """Wait until a site answers; ConfigurationError, with its log, when it does not."""
        limit = time.monotonic() + START_SECONDS
        while not _answers(site.port):
            if time.monotonic() > limit or not _is_alive(self.processes[site.name, "server"]):
                log = self._log(site, "server")
                raise ConfigurationError(
                    [f"{site.name} does not start. See {log}:\n{log.read_text('utf-8')[-2000:]}"]
                )
            time.sleep(0.05)

    def stop_site(self, site: DemoSite) -> None:
        """Stop one site's two processes."""
        _stop([self.processes.pop((site.name, role)) for role in ("server", "worker")])

    def stop(self) -> None:
        """Stop every process that this network started."""
        children, self.processes = list(self.processes.values()), {}
        _stop(children)

    def fallen(self) -> list[str]:
        """Return the names of sites one of whose processes ended by itself; told once each."""
        ended = [key for key, child in self.processes.items() if not _is_alive(child)]
        for key in ended:
            del self.processes[key]
        return sorted({name for name, _role in ended})

    def set_aside(self, site: DemoSite) -> list[str]:
        """Return one sentence per plugin that the server of a site has set aside, from its log."""
        resting = {}
        for line in self._log(site, "server").read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if isinstance(event, dict) and event.get("event") == "plugin-quarantined":
                    resting[event["plugin"]] = event["error"]
        return [f"Plugin {name} is set aside: {reason}" for name, reason in resting.items()]

    def open(self, site: DemoSite) -> runtime.Runtime:
        """Open a site's database in this process (to make a token or read what it holds)."""
        return create_site(config.load(site.folder, {}))

    def _log(self, site: DemoSite, role: str) -> Path:
        return site.folder / f"{role}.log"


def address_of(source: Path) -> str:
    """Return the production address that an instance folder names."""
    return config.load(source, {}).site.base_url


def check_kept(site: DemoSite) -> None:
    """Raise ConfigurationError when the folder was made for another port: addresses are for life."""
    if not (site.folder / "instance.toml").exists():
        return
    kept = config.load(site.folder, {}).site.base_url
    if kept != site.base_url:
        sentence = (
            f"{site.folder} was made for {kept}, not for {site.base_url}, and an address is for "
            f"life: it is part of all that the site signed. Start it with its own port again "
            "(make demo: DEMO_PORT), or name another folder: --state. Nothing was changed."
        )
        raise ConfigurationError([sentence])


def write_folder(site: DemoSite, addresses: dict[str, str]) -> None:
    """Copy an instance folder, with every known address replaced by the one on this machine."""
    site.folder.mkdir(parents=True, exist_ok=True)
    settings = (site.source / "instance.toml").read_text("utf-8")
    for address, local in addresses.items():
        settings = settings.replace(f'"{address}"', f'"{local}"')
    (site.folder / "instance.toml").write_text(settings, "utf-8")
    (site.folder / "local.toml").write_text(LOCAL.format(host=HOST, port=site.port), "utf-8")
    if (site.source / "seed.toml").exists():
        shutil.copy(site.source / "seed.toml", site.folder)
    for name in ("plugins", "theme"):
        # What was taken out of the source goes here too.
        shutil.rmtree(site.folder / name, ignore_errors=True)
        if (site.source / name).is_dir():
            shutil.copytree(site.source / name, site.folder / name, dirs_exist_ok=True)


@contextlib.contextmanager
def running(network: Network) -> Iterator[Network]:
    """Run a prepared network for a block; its processes end with the block."""
    try:
        network.start()
        yield network
    finally:
        network.stop()


def _prepared(site: DemoSite) -> Callable[[], None]:
    def run() -> None:
        opened = prepare(site.folder)
        with runtime.activate(opened):
            run_plugin_inits(site.folder / "recovery-sheet.txt")
            seeding.seed()

    return run


def _running(site: DemoSite, run: Callable[[runtime.Runtime], None]) -> Callable[[], None]:
    def start() -> None:
        opened = create_site(config.load(site.folder, {}))
        with runtime.activate(opened):
            run(opened)

    return start


def _fork(log: Path, run: Callable[[], None]) -> int:
    # The parent has imported everything once; a fork shares that memory and starts at once.
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setsid()
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _write_output_to(log)
        configure_logging()
        run()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 0
    except BaseException as error:  # noqa: BLE001 - the child's only way to tell
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 - into its log
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _end_with(parent: int) -> None:
    # A launcher that is killed cannot stop its children, so they look whether it is still there.
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _write_output_to(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_alive(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False


def _stop(children: list[int]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
    limit = time.monotonic() + STOP_SECONDS
    for child in children:
        while _is_alive(child):
            if time.monotonic() > limit:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.02)
