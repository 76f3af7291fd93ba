"""Empty databases on both engines, and migrated ones made once and copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from entraide.testing import postgresql


@pytest.fixture(scope="session")
def postgresql_databases(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[postgresql.Databases]:
    """Give the databases of this run on PostgreSQL."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    with postgresql.running() as server:
        databases = postgresql.Databases(server)
        yield databases
        databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Templates
) -> Iterator[str]:
    """Give an empty database on each of the two engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    templates.postgresql = request.getfixturevalue("postgresql_databases")
    url = templates.postgresql.lend()
    yield url
    templates.postgresql.take_back(url)


class Templates:
    """Migrated databases, made once per set of plugins and copied for each test."""

    postgresql: postgresql.Databases

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, url: str, key: tuple[str, ...], make: Callable[[str], None]) -> None:
        """Copy the template of `key` to the empty database at `url`; `make` builds it once."""
        if not url.startswith("sqlite"):
            self.postgresql.fill(url, key, make)
            return
        path = self.folder / f"{'-'.join(key)}.sqlite"
        if not path.exists():
            make(f"sqlite:///{path}.partial")
            path.with_name(f"{path.name}.partial").rename(path)
        shutil.copy(path, make_url(url).database or "")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Give the migrated databases of this run."""
    return Templates(tmp_path_factory.mktemp("templates"))
