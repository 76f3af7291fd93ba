"""Which workers of this machine live: each holds a lock on a file, which ends with its process."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

FOLDER = "workers"


def enter(state: Path, holder: str) -> IO[bytes]:
    """Return the locked file that says that `holder` lives; the system unlocks it when it dies."""
    folder = state / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / holder).open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def leave(file: IO[bytes]) -> None:
    """Take the file away at an orderly end."""
    Path(file.name).unlink(missing_ok=True)
    file.close()


def find_dead(state: Path) -> Iterator[Path]:
    """Yield the files of workers that were killed; each is named like its holder."""
    for path in sorted((state / FOLDER).glob("*")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
        yield path
