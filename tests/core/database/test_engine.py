"""Engines: opened alike on both databases, with words for a wrong address."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from entraide.database import Database, engine
from entraide.errors import DatabaseError


@pytest.mark.parametrize(
    "url", ["no address", "nosuch://host/name", "postgresql+nodriver://host/name"]
)
def test_wrong_address(url):
    with pytest.raises(DatabaseError, match=r"\[database\] url .*Write sqlite:///path"):
        Database(url)


def test_the_message_shows_no_password():
    with pytest.raises(DatabaseError) as caught:
        Database("nosuch+driver://user:secret-word@host/name")
    assert "'nosuch+driver'" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_sqlite_settings(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    assert database.is_sqlite
    with database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    database.close()


def test_a_checkpoint_moves_what_was_committed_into_the_file(tmp_path):
    path = tmp_path / "x.sqlite"
    database = Database(f"sqlite:///{path}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE words (word TEXT)")
        connection.exec_driver_sql("INSERT INTO words VALUES ('tea'), ('bread')")
    alone = tmp_path / "alone.sqlite"
    alone.write_bytes(path.read_bytes())
    assert tables(alone) == []
    database.checkpoint()
    alone.write_bytes(path.read_bytes())
    assert tables(alone) == [("words",)]
    database.close()


def tables(path):
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    connection.close()
    return found


def test_a_checkpoint_waits_for_nobody(database_url):
    database = Database(database_url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE words (word TEXT)")
        database.checkpoint()
    database.checkpoint()
    database.close()


def test_both_engines_answer(database_url):
    database = Database(database_url)
    with database.reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    assert database.is_sqlite is database_url.startswith("sqlite")
    database.close()


def test_a_file_that_someone_holds_is_busy_and_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.05)
    path = tmp_path / "held.sqlite"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("CREATE TABLE held (a)")
    database = Database(f"sqlite:///{path}")
    with pytest.raises(OperationalError, match="locked"):
        database.engine.connect()
    holder.execute("COMMIT")
    holder.close()
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.close()


def rights(*paths):
    return {path.name: oct(path.stat().st_mode & 0o777) for path in paths}


def test_nobody_else_on_the_machine_opens_a_sqlite_file(tmp_path):
    path = tmp_path / "x.sqlite"
    database = Database(f"sqlite:///{path}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE words (word TEXT)")
    files = sorted(tmp_path.glob("x.sqlite*"))
    assert set(rights(*files).values()) == {"0o600"}
    assert len(files) == 3, "the file, its log and the log's index"
    database.close()


@pytest.mark.parametrize(
    ("before", "after"), [(0o644, "0o640"), (0o666, "0o660"), (0o640, "0o640")]
)
def test_a_file_that_everybody_could_read_is_closed_and_the_group_keeps_its_rights(
    tmp_path, before, after
):
    path = tmp_path / "x.sqlite"
    path.touch()
    path.chmod(before)
    database = Database(f"sqlite:///{path}")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert rights(path) == {"x.sqlite": after}
    database.close()


def test_a_missing_folder_is_told_in_the_database_s_own_words(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite'}")
    with pytest.raises(OperationalError, match="unable to open"), database.engine.connect():
        pass
    database.close()
