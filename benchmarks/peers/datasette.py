"""Datasette: the table page that one gets for nothing, over the rows of our own list."""

from __future__ import annotations

import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import processes

REQUIREMENTS = Path(__file__).with_name("datasette-requirements.txt")
SECONDS = 600
COLUMNS = (
    "uid",
    "kind",
    "title",
    "summary",
    "organisation",
    "territory",
    "schedule",
    "verified_on",
)


def install(tools: Path) -> Path:
    """Return Datasette's program, in an environment of its own that is made at the first use."""
    folder = tools / "datasette"
    program = folder / "bin" / "datasette"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
        install = (*pip, "install", "-q", "-r", REQUIREMENTS)
        processes.run(install, processes.FEEDER, seconds=SECONDS)
    return program


@contextmanager
def serving(
    program: Path, database: Path, log: Path
) -> Iterator[tuple[processes.Process, int, str]]:
    """Serve a database file; give its process, the port and the path of a page of our list's rows.

    The page shows as many rows and the same columns as ours, in its favour without facets, without
    the count of the whole table, and from a file that does not change.
    """
    port = processes.free_port()
    listening = ("--host", "127.0.0.1", "--port", str(port))
    command = (program, "serve", "--immutable", database, *listening)
    columns = "".join(f"&_col={name}" for name in COLUMNS)
    path = f"/{database.stem}/directory_listing?_size=15&_nocount=1&_nofacet=1{columns}"
    with processes.running(command, processes.FEEDER, log) as server:
        processes.wait_for(server, port, "/")
        yield server, port, path
