"""Real processes of one site: the server and the worker follow what is chosen, without a restart."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from entraide import app as apps
from entraide import database, runtime
from entraide.directory.listing.models import Listing
from entraide.plugins.choices import choose
from entraide.testing import add_offer, add_organisation

LESSON = {"level": ["primary"], "subject": ["mathematics"], "place": "family_home"}
PATIENCE = 30
ENTRAIDE = str(Path(sys.executable).with_name("entraide"))


@pytest.fixture
def site(make_site, database_url, free_port):
    toml = f'[server]\nport = {free_port}\nworker = "separate"\n'
    address = f'http://127.0.0.1:{free_port}"\ndevelopment = true # "'
    site = make_site(
        url=database_url,
        base_url=address,
        plugins=("tutoring",),
        toml=toml,
        files={"plugins/broken.py": "1 / 0\n"},
    )
    apps.remember_classification(site)
    with runtime.activate(site), database.writing() as session:
        organisation = add_organisation(session)
        add_offer(session, kind="tutoring", organisation_id=organisation.id, payload=LESSON)
    return site


@pytest.fixture
def processes(site):
    """The site's server and its worker, each a process of its own."""
    environment = {**os.environ, "ENTRAIDE_DATABASE_URL": site.database.url}
    environment.pop("ENTRAIDE_STRICT", None)
    command = [ENTRAIDE, "--instance", str(site.settings.folder)]
    logs = [(site.settings.folder / f"{name}.log").open("w+b") for name in ("serve", "worker")]
    running = [
        subprocess.Popen([*command, name], env=environment, stdout=log, stderr=log)
        for name, log in zip(("serve", "worker"), logs, strict=True)
    ]
    yield running
    for process in running:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    for log in logs:
        log.close()


def get(site, path):
    connection = HTTPConnection("127.0.0.1", site.settings.server.port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except ConnectionError:
        return 0, ""
    finally:
        connection.close()


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def switch(site, name, *, to):
    with runtime.activate(site), database.writing() as session:
        choose(session, name=name, is_enabled=to, actor=None)


def kinds(site):
    return set(re.findall(r'"name":"(\w+)"', get(site, "/api/v1/kinds")[1]))


def count_listed(site):
    with runtime.activate(site), database.reading() as session:
        return session.query(Listing).filter_by(type="offer").count()


def log_of(site, name):
    return (site.settings.folder / f"{name}.log").read_text("utf-8")


def test_server_and_worker_follow_while_pages_are_read(site, processes):
    wait_for(lambda: get(site, "/")[0] == 200)
    assert kinds(site) == {"tutoring"}
    switch(site, "tutoring", to=False)
    wait_for(lambda: kinds(site) == set())
    wait_for(lambda: count_listed(site) == 0)
    wait_for(lambda: "plugins-changed" in log_of(site, "worker"))
    switch(site, "tutoring", to=True)
    wait_for(lambda: kinds(site) == {"tutoring"})
    wait_for(lambda: count_listed(site) == 1)
    wait_for(lambda: log_of(site, "worker").count("plugins-changed") == 2)
    switch(site, "broken", to=True)
    wait_for(lambda: log_of(site, "serve").count("plugins-changed") == 3)
    assert get(site, "/broken/")[0] == 503
    assert get(site, "/find")[0] == 200
    assert [process.poll() for process in processes] == [None, None]


def test_no_request_fails_while_plugins_change(site, processes):
    wait_for(lambda: get(site, "/")[0] == 200)
    statuses = set()
    for number in range(4):
        switch(site, "tutoring", to=bool(number % 2))
        until = time.monotonic() + PATIENCE
        while log_of(site, "serve").count("plugins-changed") <= number:
            statuses.add(get(site, "/find")[0])
            assert time.monotonic() < until, log_of(site, "serve")
    assert statuses == {200}
    assert processes[0].poll() is None
