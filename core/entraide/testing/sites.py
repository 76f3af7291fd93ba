"""Whole sites at a fixed time, active in a test or opened by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from entraide import config, database, runtime
from entraide.app import create_site, migrate
from entraide.clock import FakeClock
from entraide.plugins import loading
from entraide.runtime import Runtime
from entraide.testing.databases import Templates

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""The fixed moment at which test sites live."""

BASE_URL = "https://site.example"
INSTANCE = """
[site]
name = "Site Exemple"
base_url = "{base_url}"
territory = ["58079"]

[plugins]
enabled = [{plugins}]
"""

SiteFactory = Callable[..., Runtime]


@pytest.fixture
def make_site(
    tmp_path: Path, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SiteFactory]:
    """Give a function that opens a migrated site at a fixed time.

    Arguments: `url` (of an empty database; default SQLite), `name`, `plugins`, `base_url`,
    `toml` (appended to instance.toml), `files` (file name → text, below the folder).
    """
    monkeypatch.setenv("ENTRAIDE_STRICT", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(templates.folder))
    opened: list[Runtime] = []

    def make(**options: Any) -> Runtime:
        site = open_site(tmp_path, templates, **options)
        opened.append(site)
        return site

    yield make
    for site in opened:
        site.database.close()


def open_site(
    parent: Path,
    templates: Templates,
    *,
    url: str = "",
    name: str = "site-exemple",
    plugins: tuple[str, ...] = (),
    base_url: str = BASE_URL,
    toml: str = "",
    files: dict[str, str] | None = None,
    at: datetime = START,
) -> Runtime:
    """Write an instance folder and open it; see `make_site`."""
    folder = parent / name
    folder.mkdir(parents=True, exist_ok=True)
    enabled = ", ".join(f'"{plugin}"' for plugin in plugins)
    words = INSTANCE.format(base_url=base_url, plugins=enabled) + toml
    for path, content in {"instance.toml": words, **(files or {})}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, "utf-8")
    url = url or f"sqlite:///{folder / 'test.sqlite'}"
    templates.fill(url, ("core", *plugins), lambda at_url: _migrate(folder, at_url))
    return _open(folder, url, at)


def _open(folder: Path, url: str, at: datetime) -> Runtime:
    settings = config.load(folder, {"ENTRAIDE_DATABASE_URL": url})
    config.create_secret(settings)
    site = create_site(settings)
    site.clock = FakeClock(at)
    return site


def _migrate(folder: Path, url: str) -> None:
    site = _open(folder, url, START)
    migrate(site)
    site.database.close()


@pytest.fixture
def site(
    request: pytest.FixtureRequest, make_site: SiteFactory, database_url: str, tmp_path: Path
) -> Iterator[Runtime]:
    """Give a running site on each engine, active in the test.

    It has the plugins that the test's module names: `PLUGINS = ("toys",)`; else none.
    """
    plugins = getattr(request.module, "PLUGINS", ())
    require_installed(plugins, tmp_path)
    with runtime.activate(make_site(url=database_url, plugins=plugins)) as opened:
        yield opened


def require_installed(plugins: Iterable[str], folder: Path) -> None:
    """Fail the test, and say what to do, when one of its plugins is not installed."""
    known = loading.available(folder)
    if missing := [name for name in plugins if name not in known]:
        words = f"The plugin {missing[0]} is not installed here: pip install -e, with its folder."
        pytest.fail(words, pytrace=False)


@pytest.fixture
def session(site: Runtime) -> Iterator[Session]:  # noqa: ARG001 - the site must be active
    """Give a writing transaction of the active site, rolled back at the end."""
    with database.sessions.open_for_writing() as opened:
        yield opened
