"""Snapshots as files: written once per Head, sent from the disk, to so many readers at once."""

from __future__ import annotations

import errno
import gzip
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from entraide import runtime
from entraide_federation.protocol.errors import Overloaded

RETRY_SECONDS, FULL_DISK_SECONDS = 5, 60
PER_CLIENT = 8
"""Snapshots that one line reads at once; our own reader takes one at a time."""

KEPT = 8
"""Files that stay, so that a reader who was cut off may resume an older one."""

ABANDONED_SECONDS = 3600
"""After this a file that was never finished belongs to a process that was killed."""

CONNECTIONS = 1024
"""Taken for the server's where none of ours runs."""

LEVEL = 6
_GZIP = b"\x1f\x8b"
_NAME = re.compile(r'"([A-Za-z0-9_-]{10,40})"')


class Part(FileIO):
    """The bytes of a file from `start` to before `end`; tells the desk when it is closed."""

    def __init__(self, path: Path, desk: Desk, client: str) -> None:
        self._desk, self._client, self._is_counted = desk, client, False
        super().__init__(path)
        self.end = os.fstat(self.fileno()).st_size
        # A snapshot itself begins with a brace.
        self.is_gzip = os.pread(self.fileno(), len(_GZIP), 0) == _GZIP
        desk.admit(client, self)
        self._is_counted = True

    def limit(self, start: int, end: int) -> None:
        """Begin at `start` and end before `end`."""
        self.seek(start)
        self.end = end

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes, none beyond the end of the part, where the file is closed."""
        left = max(0, self.end - self.tell())
        length = left if size is None or size < 0 else min(size, left)
        piece = super().read(length) or b""
        if not piece:
            self.close()
        return piece

    def close(self) -> None:
        """Close the file; its place at the desk is free then."""
        super().close()
        if self._is_counted:
            self._is_counted = False
            self._desk.leave(self._client)

    def __del__(self) -> None:
        # An answer that nobody reads (its client went away) is only forgotten.
        self.close()


class Desk:
    """Who may write and read snapshots now: never more than a quarter of the server."""

    def __init__(self, folder: Path, *, threads: int, connections: int) -> None:
        self.folder = folder
        self._most_writers, self._most_readers = max(1, threads // 4), max(1, connections // 4)
        self._writers = 0
        self._readers: Counter[str] = Counter()
        self._lock = threading.Lock()

    def open(self, tag: str, client: str) -> Part | None:
        """Open the file of a validator; None when there is none. Raises Overloaded."""
        match = _NAME.fullmatch(tag)
        if match is None:
            return None
        try:
            return Part(self._path(match[1]), self, client)
        except FileNotFoundError:
            return None

    def admit(self, client: str, part: Part) -> None:
        """Count a reader; Overloaded, and the file is closed, when there are too many."""
        with self._lock:
            is_full = self._readers.total() >= self._most_readers
            if not is_full and self._readers[client] < PER_CLIENT:
                self._readers[client] += 1
                return
        part.close()
        raise Overloaded(retry_after=RETRY_SECONDS)

    def leave(self, client: str) -> None:
        """Count a reader less."""
        with self._lock:
            self._readers[client] -= 1
            self._readers += Counter()

    def write(self, tag: str, pieces: Iterable[bytes]) -> None:
        """Write the file of a validator, whole or not at all; older ones go."""
        with self._writing(), self._new_file(tag) as path, path.open("wb") as file:
            for piece in pieces:
                file.write(piece)

    def compress(self, tag: str, source: Part) -> None:
        """Write the file of a validator as one member of gzip, from the identity."""
        with self._writing(), self._new_file(tag) as path, path.open("wb") as raw:
            options = {"fileobj": raw, "mtime": 0, "filename": ""}
            with gzip.GzipFile(mode="wb", compresslevel=LEVEL, **options) as file:  # type: ignore[call-overload]
                shutil.copyfileobj(source, file)

    def forget(self) -> None:
        """Take every file out of the folder: nobody resumes what is kept back since."""
        for path in self.folder.glob("s-*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            if self._writers >= self._most_writers:
                raise Overloaded(retry_after=RETRY_SECONDS)
            self._writers += 1
        try:
            yield
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Overloaded(retry_after=FULL_DISK_SECONDS) from error
        finally:
            with self._lock:
                self._writers -= 1

    @contextmanager
    def _new_file(self, tag: str) -> Iterator[Path]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, prefix="new-", delete=False) as file:
            path = Path(file.name)
        try:
            yield path
            path.replace(self._path(tag.strip('"')))
        finally:
            path.unlink(missing_ok=True)
        self._forget_old()

    def _forget_old(self) -> None:
        # Whoever reads an old one reads on: its file is only taken out of the folder.
        times = {path: path.stat().st_mtime for path in self.folder.glob("s-*")}
        newest = sorted(times, key=lambda path: times[path], reverse=True)
        left = [
            path
            for path in self.folder.glob("new-*")
            if path.stat().st_mtime < times[newest[0]] - ABANDONED_SECONDS
        ]
        for path in newest[KEPT:] + left:
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"s-{name}"


def desk() -> Desk:
    """Return the desk of the running site."""
    return _DESK.get()


def _open_desk() -> Desk:
    site = runtime.current()
    return Desk(
        site.settings.state / "snapshots",
        threads=site.settings.server.threads,
        connections=site.connections or CONNECTIONS,
    )


_DESK = runtime.Slot("desk of snapshots", _open_desk)
