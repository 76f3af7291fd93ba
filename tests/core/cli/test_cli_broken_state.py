"""A state folder after bad luck: each command says what is wrong, and nothing is made worse."""

import os
import sqlite3

import pytest
from click.testing import CliRunner

from entraide import app, config
from entraide.cli import entraide, main

SITE = '[site]\nname = "Site Exemple"\nbase_url = "https://site.example"\nterritory = ["58079"]\n'
BROKEN = """
from entraide import hookimpl

@hookimpl
def register_commands():
    raise RuntimeError("broken")

@hookimpl
def register_jobs():
    raise RuntimeError("broken")
"""


@pytest.fixture
def folder(tmp_path, templates, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(templates.folder))
    monkeypatch.delenv("ENTRAIDE_INSTANCE", raising=False)
    monkeypatch.delenv("ENTRAIDE_STRICT", raising=False)
    (tmp_path / "site" / "plugins").mkdir(parents=True)
    (tmp_path / "site" / "instance.toml").write_text(SITE)
    return tmp_path / "site"


@pytest.fixture
def state(folder):
    for arguments in (["init", "--unattended"], ["members", "add", "parent1@example.org"]):
        result = CliRunner().invoke(entraide, ["-i", str(folder), *arguments])
        assert result.exit_code == 0, (result.output, result.exception)
    # What the commands wrote moves from the log into the file, where the mishaps happen.
    connection = sqlite3.connect(folder / "state" / "entraide.sqlite")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder / "state"


@pytest.fixture
def words(folder, monkeypatch, capsys):
    """Run a command as from a shell; return its status and what it said."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["entraide", "-i", str(folder), *arguments])
        try:
            main()
        except SystemExit as end:
            return end.code or 0, capsys.readouterr().err
        return 0, capsys.readouterr().err

    return run


def lose_secret(state):
    (state / "secret.key").unlink()


def take_another_secret(state):
    (state / "secret.key").write_bytes(os.urandom(32))


def overwrite_database(state):
    (state / "entraide.sqlite").write_bytes(b"not a database" * 1000)


def cut_database(state):
    with (state / "entraide.sqlite").open("r+b") as stream:
        stream.truncate(50_000)


def lose_database(state):
    for part in state.glob("entraide.sqlite*"):
        part.unlink()


def write_with_newer_code(state):
    connection = sqlite3.connect(state / "entraide.sqlite")
    with connection:
        connection.execute("UPDATE alembic_version_entraide SET version_num = '9999'")
    connection.close()


def shut_database(state):
    lose_database(state)
    (state / "entraide.sqlite").mkdir()


MISHAPS = {
    "secret lost": (lose_secret, "put the file back from its backup"),
    "another secret": (take_another_secret, "Put the right key file back"),
    "no database any more": (overwrite_database, "put its latest backup in its place"),
    "half a database": (cut_database, "put its latest backup in its place"),
    "database lost": (lose_database, "entraide migrate"),
    "newer database": (write_with_newer_code, "Install the newer release"),
    "database shut": (shut_database, "Look at [database] url"),
}


@pytest.mark.parametrize("command", [["token", "list"], ["members", "add", "a@b.fr"]])
@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_mishap_is_told_with_its_remedy(state, words, mishap, command):
    spoil, remedy = MISHAPS[mishap]
    spoil(state)
    status, said = words(*command)
    assert status == 1
    assert "Traceback" not in said
    assert remedy in said


@pytest.mark.parametrize("mishap", ["secret lost", "another secret"])
def test_preparing_again_never_puts_a_new_secret_to_old_data(state, words, mishap):
    MISHAPS[mishap][0](state)
    before = sorted(path.name for path in state.glob("*.key"))
    status, said = words("init", "--unattended")
    assert status == 1
    assert "Put the right key file back" in said
    assert sorted(path.name for path in state.glob("*.key")) == before


def test_only_the_owner_opens_the_state_folder(state):
    assert state.stat().st_mode & 0o077 == 0


def test_a_database_that_may_only_be_read_stops_the_start(state, folder):
    site = app.create_site(config.load(folder, {}))
    app.check_writable(site)
    site.database.close()
    site.database.writer = site.database.reader
    with pytest.raises(Exception, match="readonly"):
        app.check_writable(site)
    site.database.close()


def test_a_damaged_queue_is_put_aside_and_replaced(state, words):
    (state / "queue.sqlite").write_bytes(b"not a queue" * 1000)
    assert words("token", "list")[0] == 0
    assert (state / "queue.sqlite.damaged").read_bytes().startswith(b"not a queue")


def test_a_queue_that_cannot_be_opened_is_told(state, words):
    (state / "queue.sqlite").unlink()
    (state / "queue.sqlite").mkdir()
    status, said = words("token", "list")
    assert status == 1
    assert "rights of the state folder" in said


def test_a_plugin_that_fails_to_register_stops_no_other(state, folder, words):
    (folder / "plugins" / "broken.py").write_text(BROKEN)
    (folder / "instance.toml").write_text(SITE + '[plugins]\nenabled = ["broken", "federation"]\n')
    assert words("init", "--unattended")[0] == 0
    assert (state / "federation" / "publishing.key").exists()
    assert words("members", "add", "b@example.org")[0] == 0
    site = app.create_site(config.load(folder, {}))
    jobs = {job.name for job in app.jobs_of(site)}
    site.database.close()
    assert {"outbox.sweep", "directory.expire"} <= jobs
    assert "broken" in site.registry.quarantined
