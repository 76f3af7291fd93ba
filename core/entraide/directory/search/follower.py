"""The single writer of a machine's search index: follows the database, rebuilds when needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

import tantivy

from entraide.directory.search import folder as files
from entraide.directory.search.documents import Document, DocumentSource, IndexUnusable, Position
from entraide.directory.search.schema import LONGEST_TOKEN, build_document, clean

BATCH = 5_000
HEAP_BYTES = 64_000_000
SECONDS_BETWEEN_COMMITS = 0.5


class Follower:
    """Keeps the index in `folder` level with `source`.

    Any number of processes may hold one: the first to take the lock writes, the others do
    nothing until it ends. Call `step` about once a second, from one thread.
    """

    def __init__(
        self, folder: Path, source: DocumentSource, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._source = source
        self._monotonic = monotonic
        self._lock: IO[bytes] | None = None
        self._build: Path | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._next_commit_at = float("-inf")
        self._reach = Position()

    @property
    def is_writer(self) -> bool:
        """Return whether this process holds the writer's lock."""
        return self._lock is not None

    def step(self) -> int:
        """Bring one batch into the index and return how many rows it had.

        Returns 0 when there is nothing to do, when another process is the writer and within
        half a second of the last commit. Raises IndexUnusable when the files break or the disk is
        full under way; the next step starts from the last commit, or rebuilds if it cannot.
        """
        if not self._take_lock() or self._monotonic() < self._next_commit_at:
            return 0
        try:
            return self._rebuild() if self._needs_rebuild() else self._follow()
        except BaseException:
            # What was added but not committed goes with the writer; the position stays behind.
            self._writer = None
            raise

    def close(self) -> None:
        """Wait for merges and give the lock to another process."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.wait_merging_threads()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> bool:
        if self._lock is not None and not files.is_in_place(self._lock, self._folder):
            # Somebody deleted the folder: another process may have taken a lock of the same name.
            self._writer = None
            self._lock.close()
            self._lock = None
        if self._lock is None:
            with files.explained(self._folder):
                self._lock = files.try_lock(self._folder)
        return self._lock is not None

    def _needs_rebuild(self) -> bool:
        if files.is_rebuild_wanted(self._folder):
            return True
        try:
            build = files.current_build(self._folder)
            if self._writer is None or build != self._build:
                with files.explained(self._folder):
                    self._writer = _open_writer(files.open_build(build))
                self._build, self._reach = build, files.read_position(self._folder)
        except IndexUnusable:
            return True
        return not (build / "meta.json").exists()

    def _follow(self) -> int:
        changes = self._source.changes(self._reach, BATCH)
        if changes is None:
            # Another database, an older copy of ours, or this machine was away for too long.
            return self._rebuild()
        rows = len(changes.removed) + len(changes.documents)
        if self._writer is None or rows < 1:
            self._reach = changes.reach
            return 0
        with files.explained(self._folder):
            # Removals come first: what was withdrawn and published again must stay.
            _delete(self._writer, changes.removed)
            _add(self._writer, changes.documents)
            self._commit(self._writer, changes.reach)
        return rows

    def _rebuild(self) -> int:
        """Build beside the current index, then switch: search goes on meanwhile."""
        self._writer = None
        build = self._folder / files.name_build()
        with files.explained(self._folder):
            writer = _open_writer(files.create_build(build))
        # What changes while everything is read comes after this position, and is followed next.
        reach = self._source.position()
        rows = self._add_everything(writer)
        self._build, self._writer = build, writer
        with files.explained(self._folder):
            self._commit(writer, reach)
        # Until here a kill leaves what asked for the rebuild in place, so it starts again.
        files.forget_rebuild(self._folder)
        files.remove_other_builds(self._folder, build)
        return rows

    def _add_everything(self, writer: tantivy.IndexWriter) -> int:
        rows = 0
        everything = iter(self._source.everything())
        while batch := list(islice(everything, BATCH)):
            with files.explained(self._folder):
                _add(writer, batch)
            rows += len(batch)
        return rows

    def _commit(self, writer: tantivy.IndexWriter, reach: Position) -> None:
        writer.commit()
        # Killed here, the same changes are followed once more, which changes nothing.
        if self._build is not None:
            files.write_position(self._folder, self._build, reach)
        self._reach = reach
        self._next_commit_at = self._monotonic() + SECONDS_BETWEEN_COMMITS


def _open_writer(index: tantivy.Index) -> tantivy.IndexWriter:
    return index.writer(heap_size=HEAP_BYTES, num_threads=1)


def _delete(writer: tantivy.IndexWriter, uids: Iterable[str]) -> None:
    for uid in uids:
        writer.delete_documents_by_term("uid", clean(uid)[:LONGEST_TOKEN])


def _add(writer: tantivy.IndexWriter, documents: Sequence[Document]) -> None:
    _delete(writer, (document.uid for document in documents))
    for document in documents:
        writer.add_document(build_document(document))
