"""A copy of an SQLite database that lives as long as a block, beside a site that goes on writing."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

from entraide.database.engine import Database
from entraide.errors import DatabaseError

COPY = "copy.sqlite"
ROOM = 3
"""How many times its own size a database needs: the copy, its log, a table that is made anew."""


class Copy(Database):
    """A database that is thrown away: to write its file anew would be for nobody."""

    def checkpoint(self, *, empties: bool = False) -> None:
        """Leave the log as it is."""


@contextmanager
def copied(database: Database, folder: Path) -> Iterator[Copy]:
    """Give a copy of an SQLite database as it is at one moment; it is removed at the end.

    It lies in `folder`, readable by nobody else; what a run that was killed has left there is
    removed first. Writers of the database wait for nothing. DatabaseError when there is no
    database, too little room, or another run at the same time.
    """
    source = Path(make_url(database.url).database or "")
    if not source.is_file():
        raise DatabaseError(f"There is no database at {source} yet. Run: entraide init")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder) as is_alone:
        if not is_alone:
            raise DatabaseError(f"Another run uses {folder} just now. Try again when it has ended.")
        _empty(folder)
        _require_room(source, folder)
        try:
            _copy(database, folder / COPY)
            with closing(Copy(f"sqlite:///{folder / COPY}", database.column_key)) as copy:
                yield copy
        finally:
            _empty(folder)


def remove_left(folder: Path) -> None:
    """Remove the copy that a run has left which was killed; one that is in use stays."""
    if folder.is_dir():
        with _alone(folder) as is_alone:
            if is_alone:
                _empty(folder)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Keep others out of a folder until the end of the block or of this process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    for path in folder.glob(f"{COPY}*"):
        path.unlink(missing_ok=True)


def _require_room(source: Path, folder: Path) -> None:
    size = 0
    for path in (source, source.with_name(f"{source.name}-wal")):
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    free = shutil.disk_usage(folder).free
    if free < ROOM * size:
        raise DatabaseError(
            f"{_mebibytes(ROOM * size)} must be free for {folder}, where a copy of the database is "
            f"made, and {_mebibytes(free)} are. Make room first."
        )


def _mebibytes(size: int) -> str:
    return f"{-(-size // 2**20)} MiB"


def _copy(database: Database, place: Path) -> None:
    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with database.reader.connect() as connection, closing(sqlite3.connect(place)) as target:
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(f"{driver!r} is no connection to SQLite")
        try:
            # In one step: between two of them every commit of the site would begin the copy anew.
            driver.backup(target)
        except sqlite3.OperationalError as error:
            raise DatabaseError(f"{place} cannot be written: {error}. Make room first.") from error
