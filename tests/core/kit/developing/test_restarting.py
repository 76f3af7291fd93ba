"""`entraide serve --dev`: a real process on this machine follows changed files; whom it refuses."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from http.client import HTTPConnection
from pathlib import Path

import pytest

from entraide.errors import ConfigurationError
from entraide.kit.developing.hook_panel import open_with_panel
from entraide.kit.developing.trial_folder import make_trial_folder, read_trial
from entraide.kit.developing.watching import changed, take_snapshot, watched_roots
from entraide.plugins import loading

PATIENCE = 60
ENTRAIDE = str(Path(sys.executable).with_name("entraide"))
HELLO = """\
from entraide import Link, hookimpl

@hookimpl
def navigation_links(member):
    yield Link("{words}", "/hello/")
"""


@pytest.fixture
def hello(tmp_path):
    """A plugin of one file, in a folder that has no site yet."""
    path = tmp_path / "trial" / "plugins" / "hello.py"
    path.parent.mkdir(parents=True)
    path.write_text(HELLO.format(words="Bonjour un"), "utf-8")
    return path


@pytest.fixture
def log(hello, free_port):
    """What a running `serve --dev` has said: a file that grows."""
    path = hello.parents[2] / "dev.log"
    environment = {**os.environ, "ENTRAIDE_PORT": str(free_port)}
    environment.pop("ENTRAIDE_STRICT", None)
    command = [ENTRAIDE, "--instance", str(hello.parents[1]), "serve", "--dev"]
    with path.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        yield path
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert get(free_port, "/health") == ""


def get(port, path):
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except ConnectionError:
        return ""
    finally:
        connection.close()


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_site_is_made_and_follows_its_plugin_through_a_mistake(log, hello, free_port):
    wait_for(lambda: "Bonjour un" in get(free_port, "/"))
    assert "hook-panel" in get(free_port, "/")
    assert "/mailbox" in log.read_text("utf-8")
    link = re.search(r"Parent Exemple 1: http://127\.0\.0\.1:\d+(/login/\S+)", log.read_text())
    assert link
    assert "Me connecter" in get(free_port, link[1])
    offers = json.loads(get(free_port, "/api/v1/offers"))
    assert "coup de main" in json.dumps(offers, ensure_ascii=False)
    hello.write_text("def (\n", "utf-8")
    wait_for(lambda: "Plugin hello is set aside" in log.read_text("utf-8"))
    wait_for(lambda: (page := get(free_port, "/")) and "Bonjour" not in page)
    hello.write_text(HELLO.format(words="Bonjour deux"), "utf-8")
    wait_for(lambda: "Bonjour deux" in get(free_port, "/"))


def test_settings_that_cannot_be_read_wait_for_the_next_change(log, hello, free_port):
    wait_for(lambda: get(free_port, "/health"))
    settings = hello.parents[1] / "instance.toml"
    right = settings.read_text("utf-8")
    settings.write_text(right + "[", "utf-8")
    wait_for(lambda: "The site does not run" in log.read_text("utf-8"))
    settings.write_text(right, "utf-8")
    wait_for(lambda: get(free_port, "/health"))


def test_a_site_that_people_use_is_refused(make_site):
    site = make_site()
    with pytest.raises(ConfigurationError, match="development = true"):
        read_trial(site.settings.folder)


def test_a_folder_with_other_things_is_not_taken(tmp_path):
    (tmp_path / "letter.odt").touch()
    with pytest.raises(ConfigurationError, match="is not empty"):
        make_trial_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.odt"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ENTRAIDE_BASE_ULR", "http://127.0.0.1:1", "Did you mean ENTRAIDE_BASE_URL"),
        ("ENTRAIDE_PORT", "many", "port"),
        ("ENTRAIDE_PORT", "", "cannot be used"),
    ],
)
def test_nothing_is_left_of_a_trial_site_that_cannot_be_made(
    tmp_path, monkeypatch, name, value, words
):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv(name, value or str(taken.getsockname()[1]))
        with pytest.raises(ConfigurationError, match=words):
            make_trial_folder(tmp_path / "trial")
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_a_trial_site_could_not_be_made_stays(hello, monkeypatch):
    seed = hello.parents[1] / "seed.toml"
    seed.write_text("[[members]]", "utf-8")
    monkeypatch.setenv("ENTRAIDE_PORT", "many")
    with pytest.raises(ConfigurationError):
        make_trial_folder(hello.parents[1])
    assert sorted(path.name for path in seed.parent.iterdir()) == ["plugins", "seed.toml"]


def test_a_trial_site_keeps_its_port_and_says_how_to_have_another(tmp_path, monkeypatch, free_port):
    monkeypatch.setenv("ENTRAIDE_PORT", str(free_port))
    assert make_trial_folder(tmp_path / "trial")
    assert read_trial(tmp_path / "trial").server.port == free_port
    monkeypatch.setenv("ENTRAIDE_PORT", "21699")
    with pytest.raises(ConfigurationError, match=r"delete .*ENTRAIDE_PORT=21699 .*trial-21699"):
        read_trial(tmp_path / "trial")


@pytest.mark.parametrize("is_there", [True, False])
def test_examples_of_a_kind_are_written_where_its_plugin_is_installed(
    tmp_path, monkeypatch, free_port, is_there
):
    monkeypatch.setenv("ENTRAIDE_PORT", str(free_port))
    if not is_there:
        monkeypatch.setattr(loading, "entry_points", lambda group: [])
    assert make_trial_folder(tmp_path / "trial")
    seed = tomllib.loads((tmp_path / "trial" / "seed.toml").read_text("utf-8"))
    assert [name in seed for name in ("members", "offers", "requests")] == [
        True,
        is_there,
        is_there,
    ]


def test_what_changed_came_or_went_is_seen(hello):
    folder = hello.parents[1]
    before = take_snapshot(watched_roots(folder))
    assert any(name.endswith("entraide/app.py") for name in before)
    (hello.parent / ".hello.py.swp.py").touch()
    (hello.parent / "notes.odt").touch()
    assert changed(before, take_snapshot(watched_roots(folder))) == []
    (hello.parent / "other.py").touch()
    hello.unlink()
    names = changed(before, take_snapshot(watched_roots(folder)))
    assert [Path(name).name for name in names] == ["hello.py", "other.py"]


def test_each_page_is_made_anew_and_ends_in_its_hooks(make_site):
    site = make_site(
        base_url='http://127.0.0.1:8101"\ndevelopment = true # "',
        plugins=("hello",),
        files={"plugins/hello.py": HELLO.format(words="Bonjour")},
    )
    client = open_with_panel(site).test_client()
    for _again in range(2):
        answer = client.get("/", headers={"Host": "127.0.0.1"})
        assert re.search(r"navigation_links</td><td>hello</td><td>1</td>", answer.text)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        assert "style=" not in answer.text.partition("hook-panel")[2]
    assert "hook-panel" not in client.get("/health", headers={"Host": "127.0.0.1"}).text
