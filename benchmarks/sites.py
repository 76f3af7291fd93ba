"""Our own sites of one run: instance folders, the origin that serves, the reader that pulls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes

QUOTA = 1_000_000
"""Of the benchmark's peer row alone: the usual limit of an origin is below what is measured."""

SETTINGS = """\
[site]
name = "Site de mesure {name}"
base_url = "{base}"
development = true

[server]
port = {port}
worker = "separate"

[database]
url = "{database}"

[plugins]
enabled = ["sponsorship", "tutoring", "outings", "federation"]

[federation]
role = "origin"
"""
PEER = """
[[federation.peers]]
base = "{peer}"
role = "origin"
quota = {quota}
"""
MINUTES = 60


@dataclass(frozen=True)
class Site:
    """One instance folder: its address, the port it listens on, its log."""

    folder: Path
    base: str
    port: int

    @property
    def log(self) -> Path:
        """Return where its processes write."""
        return self.folder / "log.txt"

    @property
    def database(self) -> Path:
        """Return its SQLite file."""
        return self.folder / "state" / "entraide.sqlite"


def write_site(
    parent: Path, name: str, *, port: int, base: str = "", database: str = "", peer: str = ""
) -> Site:
    """Write the folder of a new site; `database` is a URL, by default a SQLite file."""
    folder = parent / name
    folder.mkdir(parents=True)
    site = Site(folder, base or f"http://127.0.0.1:{port}", port)
    words = SETTINGS.format(
        name=name, base=site.base, port=port, database=database or f"sqlite:///{site.database}"
    )
    if peer:
        words += PEER.format(peer=peer, quota=QUOTA)
    (folder / "instance.toml").write_text(words, "utf-8")
    return site


def fill_origin(parent: Path, name: str, count: int, *, base: str = "") -> Site:
    """Make a site with `count` signed offers; `base` when it is reached by another address."""
    site = write_site(parent, name, port=processes.free_port(), base=base)
    command = (sys.executable, "-m", "benchmarks.origin", site.folder, str(count))
    processes.run(command, processes.FEEDER, seconds=10 * MINUTES)
    return site


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve a site with waitress from a process of its own, like production."""
    command = (Path(sys.prefix) / "bin" / "entraide", "--instance", site.folder, "serve")
    with processes.running(command, processes.FEEDER, site.log) as server:
        processes.wait_for(server, site.port, "/federation/v1/head")
        yield site
