"""The filled database under `data/filled_site`: what it holds, and opening a site with it."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import MetaData, make_url, select

from entraide import config
from entraide.app import create_site
from entraide.clock import FakeClock
from entraide.database import Database
from entraide.runtime import Runtime
from entraide.testing import START

FOLDER = Path(__file__).parent / "data" / "filled_site"
STATE = FOLDER / "state"
"""Keys whose bytes say that they are those of a test; nothing else was ever signed with them."""

PEER, RELAY, FAR = (f"http://127.0.0.1:{port}" for port in (21298, 21297, 21296))
"""An origin that the site read itself, a relay, and an origin that the relay told of."""

Contents = dict[str, dict[str, list[Any]]]
"""By table and column what its rows hold, in the order of the primary key."""


def prepare(folder: Path) -> Path:
    """Write the instance folder of the filled site: its settings and its keys."""
    folder.mkdir()
    shutil.copy(FOLDER / "instance.toml", folder)
    shutil.copytree(STATE, folder / "state")
    for file in (folder / "state").rglob("*.*"):
        file.chmod(0o600)
    return folder


def open_site(folder: Path, url: str, at: datetime = START) -> Runtime:
    """Open the site of a prepared folder with the database at `url`."""
    site = create_site(config.load(folder, {"ENTRAIDE_DATABASE_URL": url}))
    site.clock = FakeClock(at)
    return site


def load(url: str) -> None:
    """Fill the empty database at `url` with the dump of its engine."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        database = sqlite3.connect(str(address.database))
        database.executescript((FOLDER / "sqlite.sql").read_text("utf-8"))
        database.close()
        return
    with connect(url) as connection:
        connection.execute((FOLDER / "postgresql.sql").read_bytes())


def connect(url: str) -> psycopg.Connection[Any]:
    """Open a connection of the driver to a database on PostgreSQL."""
    address = make_url(url).set(drivername="postgresql")
    return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)


def contents(database: Database) -> Contents:
    """Read every table as it is stored, whatever the models of this code say."""
    tables = MetaData()
    with database.reader.connect() as connection:
        tables.reflect(connection)
        return {
            table.name: _columns(connection.execute(select(table).order_by(*table.primary_key)))
            for table in tables.sorted_tables
            if not table.name.startswith("alembic_version")
        }


def _columns(result: Any) -> dict[str, list[Any]]:
    names, rows = tuple(result.keys()), result.all()
    return {name: [row[position] for row in rows] for position, name in enumerate(names)}
