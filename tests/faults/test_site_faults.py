"""One real site, server and worker, through what happens to machines: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4
from zipfile import ZipFile

import pytest
import requests

from entraide import clock

pytestmark = pytest.mark.faults

ENTRAIDE = Path(sys.executable).with_name("entraide")
PATIENCE = 60.0
TOML = """\
[site]
name = "Site Exemple"
base_url = "http://127.0.0.1:{port}"
territory = ["58079"]
development = true

[server]
port = {port}
worker = "separate"

[plugins]
enabled = ["equipment"]
"""
PLUGIN = '''\
"""Lends things."""

from marshmallow import Schema

from entraide import Kind, hookimpl, public
from entraide.fields import String


class Item(Schema):
    item = public(String(required=True), label="Item")


@hookimpl
def register_kinds():
    yield Kind("equipment", "Equipment", Item)
'''
OFFER = {
    "kind": "equipment",
    "summary": "Exemple",
    "territory": ["58079"],
    "verify_by": (clock.today() + timedelta(days=90)).isoformat(),
    "payload": {"item": "poussette"},
}


class Site:
    """An instance folder of its own and its two processes."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.folder = folder
        self.base = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "plugins").mkdir(parents=True)
        (folder / "plugins" / "equipment.py").write_text(PLUGIN)
        (folder / "instance.toml").write_text(TOML.format(port=self.port))
        self.command("init", "--unattended")
        self.command("members", "add", "parent1@example.org", "--role", "administrator")
        self.token = self.command("token", "create", "--member", "parent1@example.org").strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """End what runs, also when a start failed: it would run on beside the next test."""
        for role in list(self.processes):
            self.kill(role)

    def command(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [ENTRAIDE, "-i", self.folder, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    def start(self, role: str, limit: int | None = None) -> None:
        with (self.folder / f"{role}.log").open("ab") as log:
            self.processes[role] = subprocess.Popen(
                [ENTRAIDE, "-i", self.folder, role],
                stdout=log,
                stderr=log,
                preexec_fn=None if limit is None else lambda: limit_files(limit),  # noqa: PLW1509
            )
        if role == "serve":
            self.wait_for(lambda: self.get("/health").ok)

    def kill(self, role: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(role)
        process.send_signal(number)
        process.wait(PATIENCE)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.base + path, timeout=20)

    def publish(self, title: str, key: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        return requests.post(
            f"{self.base}/api/v1/offers", json=OFFER | {"title": title}, headers=headers, timeout=20
        )

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(self.database, timeout=20)) as connection:
            return connection.execute(statement).fetchall()

    @property
    def database(self) -> Path:
        return self.folder / "state" / "entraide.sqlite"

    def log_of(self, role: str) -> str:
        return (self.folder / f"{role}.log").read_text("utf-8")

    def wait_for(self, condition) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(requests.RequestException):
                if condition():
                    return
            assert time.monotonic() < until, self.log_of("serve")[-3000:]
            time.sleep(0.1)


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.fixture
def site(tmp_path, monkeypatch, free_port):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("ENTRAIDE_INSTANCE", "ENTRAIDE_STRICT"):
        monkeypatch.delenv(name, raising=False)
    with Site(tmp_path / "site", free_port) as made:
        made.start("serve")
        made.start("worker")
        yield made


def test_killed_while_people_write_nothing_is_lost_or_doubled(site):
    done, stopped = [], threading.Event()

    def write(writer):
        number = 0
        while not stopped.is_set():
            title, key = f"Offre {writer}-{number}", str(uuid4())
            # Like any program that takes its answers seriously: the same key until one comes.
            while not stopped.is_set():
                with contextlib.suppress(requests.RequestException):
                    answer = site.publish(title, key)
                    if answer.status_code == 201:
                        done.append((title, answer.json()["id"]))
                        break
                time.sleep(0.1)
            number += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for role in ("serve", "worker", "serve", "worker"):
        time.sleep(1.0)
        site.kill(role)
        site.start(role)
    stopped.set()
    for writer in writers:
        writer.join(PATIENCE)
    stored = [title for (title,) in site.rows("SELECT title FROM directory_offer")]
    assert len(stored) == len(set(stored))
    assert {title for title, _ in done} <= set(stored)
    assert len({identifier for _, identifier in done}) == len(done) > 3
    assert site.rows("PRAGMA integrity_check") == [("ok",)]
    # What waited is delivered by the worker that came back, and found.
    waiting = "SELECT count(*) FROM directory_listing WHERE position IS NULL"
    site.wait_for(lambda: site.rows(waiting) == [(0,)])
    site.wait_for(lambda: site.rows("SELECT count(*) FROM outbox_delivery") == [(0,)])
    assert site.rows("SELECT count(*) FROM outbox_dead_letter") == [(0,)]


def test_a_locked_database_says_so_and_recovers(site):
    with contextlib.closing(sqlite3.connect(site.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        page = site.get("/find")
        refused = site.publish("Offre", "one-key")
        assert (page.status_code, refused.status_code) == (200, 503)
        assert refused.headers["Retry-After"] == "5"
        other.execute("ROLLBACK")
    assert site.publish("Offre", "one-key").status_code == 201
    assert site.rows("SELECT count(*) FROM directory_offer") == [(1,)]


def test_a_state_that_cannot_grow_is_read_on_told_once_and_recovers(site):
    for role in ("serve", "worker"):
        site.kill(role, signal.SIGTERM)
    # Files of this length stay as they are, as on a disk or a quota that is used up.
    limit = site.database.stat().st_size // 2
    with contextlib.closing(sqlite3.connect(site.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    site.start("serve", limit)
    site.start("worker", limit)
    statuses = {
        site.publish(f"Offre {number}", f"key-{number}").status_code for number in range(99)
    }
    assert 507 in statuses
    assert statuses <= {201, 507}
    assert [site.get(path).status_code for path in ("/", "/find", "/health")] == [200] * 3
    time.sleep(5)
    log = site.log_of("worker")
    assert log.count("job-failed") < 20, log[-3000:]
    for role in ("serve", "worker"):
        site.kill(role, signal.SIGTERM)
        site.start(role)
    assert site.publish("Offre encore", "again").status_code == 201
    assert site.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("is_running", [True, False])
def test_an_index_that_is_deleted_comes_back(site, is_running):
    assert site.publish("Offre retrouvée", "found").status_code == 201
    index = site.folder / "state" / "search"

    def is_found():
        page = site.get("/find?q=retrouvee")
        assert page.status_code == 200
        return (index / "position.json").exists() and "Offre retrouvée" in page.text

    site.wait_for(is_found)
    if not is_running:
        site.kill("worker")
    shutil.rmtree(index)
    assert site.get("/find?q=retrouvee").status_code == 200
    if not is_running:
        site.start("worker")
    site.wait_for(is_found)


def test_a_plugin_that_is_deleted_leaves_the_site_up_and_its_data_readable(site):
    url = site.publish("Offre qui reste", "stays").json()["url"].removeprefix(site.base)
    (site.folder / "plugins" / "equipment.py").unlink()
    assert site.get(url).status_code == 200
    for role in ("serve", "worker"):
        site.kill(role, signal.SIGTERM)
        site.start(role)
    assert [site.get(path).status_code for path in ("/", "/find", url)] == [200] * 3
    assert "plugin equipment: set aside" in site.command("status", code=1)
    archive = site.folder / "export.zip"
    site.command("export", "--member", "parent1@example.org", "--output", str(archive))
    with ZipFile(archive) as opened:
        packed = "".join(opened.read(name).decode() for name in opened.namelist())
    assert "Offre qui reste" in packed
    assert "poussette" in packed
