"""The files of a search index: which build is current, who writes, whether a rebuild is wanted."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

import tantivy

from entraide.directory.search import schema
from entraide.directory.search.documents import IndexUnusable, Position

POSITION = "position.json"
"""Written after each commit: the current build, its schema version, how far it has followed."""

REBUILD = "rebuild-wanted"
LOCK = "writer.lock"

Signature = tuple[int, ...]


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the engine raises on damaged files into IndexUnusable."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise IndexUnusable(f"{folder}: {error}") from error
    except BaseException as error:
        # The engine panics on some damaged files; its panics derive from BaseException alone.
        if type(error).__name__ != "PanicException":
            raise
        raise IndexUnusable(f"{folder}: {error}") from error


def current_build(folder: Path) -> Path:
    """Return the folder of the current build; raises IndexUnusable when there is none."""
    try:
        position = json.loads((folder / POSITION).read_bytes())
        build, version = folder / Path(position["build"]).name, position["schema"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"{folder}: {error!r}") from error
    if version != schema.VERSION:
        raise IndexUnusable(f"{folder}: made by version {version}, not {schema.VERSION}")
    return build


def read_position(folder: Path) -> Position:
    """Return how far the current build has followed; raises IndexUnusable when it is not said."""
    try:
        written = json.loads((folder / POSITION).read_bytes())
        return Position(str(written["epoch"]), int(written["number"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"{folder}: {error!r}") from error


def write_position(folder: Path, build: Path, reach: Position) -> None:
    """Say which build is current and how far it has followed, atomically."""
    position = {"build": build.name, "schema": schema.VERSION, **asdict(reach)}
    temporary = folder / f"{POSITION}.new"
    temporary.write_text(json.dumps(position))
    temporary.replace(folder / POSITION)


def open_build(build: Path) -> tantivy.Index:
    """Open a build with our analyzers; raises ValueError when it is missing or damaged."""
    index = tantivy.Index.open(str(build))
    schema.register_analyzers(index)
    index.config_reader("manual")
    return index


def create_build(build: Path) -> tantivy.Index:
    """Create an empty build."""
    build.mkdir(parents=True)
    index = tantivy.Index(schema.build_schema(), path=str(build), reuse=False)
    schema.register_analyzers(index)
    return index


def sign(*paths: Path) -> Signature:
    """Return what changes whenever one of these files does; raises OSError when one is gone."""
    files = [path.stat() for path in paths]
    return tuple(part for file in files for part in (file.st_ino, file.st_mtime_ns, file.st_size))


def remove_other_builds(folder: Path, kept: Path) -> None:
    """Delete former and unfinished builds; readers that still map their files are not hurt."""
    for build in folder.glob("build-*"):
        if build != kept:
            shutil.rmtree(build, ignore_errors=True)


def try_lock(folder: Path) -> IO[bytes] | None:
    """Return the open lock file, or None when another process is the writer.

    The engine has a lock for each build; this one also covers the moment when builds change.
    The system frees it when the process ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / LOCK).open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def is_in_place(lock: IO[bytes], folder: Path) -> bool:
    """Return whether a lock still keeps others out: it does not when the folder was deleted."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), (folder / LOCK).stat())
    except OSError:
        return False


def request_rebuild(folder: Path) -> None:
    """Ask the writer, in whatever process it runs, to rebuild the index from the database."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REBUILD).touch()


def is_rebuild_wanted(folder: Path) -> bool:
    """Return whether somebody asked for a rebuild."""
    return (folder / REBUILD).exists()


def forget_rebuild(folder: Path) -> None:
    """Take the request away, before the rebuild starts: a later request counts again."""
    (folder / REBUILD).unlink(missing_ok=True)


def name_build() -> str:
    """Return a new name for a build."""
    return f"build-{os.urandom(8).hex()}"
