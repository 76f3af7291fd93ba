"""What a running pull has received and not yet proved: spooled to an anonymous file, never stored.

A kill leaves nothing behind, and no unproved byte ever reaches the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import Self

import orjson

from entraide_federation.protocol import objects
from entraide_federation.protocol.objects import Counted

MEMORY_BYTES = 4 * 1024 * 1024
"""Up to here the spool stays in memory; beyond, in a file that has no name."""

BATCH = 500
"""Objects in memory at a time: few enough that they are gone before the collector looks twice."""

_HEX = 64


class Spool:
    """Counted objects in the order of their arrival; `close` forgets them."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by its owner
        self._waiting: list[bytes] = []
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def add(self, item: Counted) -> None:
        """Append one object; canonical bytes hold neither a line feed nor a tabulator."""
        mark = f"{item.element.hex()}{item.problem or ''}\t".encode()
        self._waiting.append(b"%s%s\n" % (mark, item.canonical))
        self.count += 1
        if len(self._waiting) >= BATCH:
            self._write()

    def batches(self) -> Iterator[list[Counted]]:
        """Yield the objects again, some hundred at a time."""
        self._write()
        self._file.seek(0)
        lines = iter(self._file)
        while batch := [_read(line) for line in islice(lines, BATCH)]:
            yield batch

    def close(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self._file.close()

    def _write(self) -> None:
        self._file.seek(0, SEEK_END)
        self._file.writelines(self._waiting)
        self._waiting.clear()


def _read(line: bytes) -> Counted:
    mark, canonical = line[:-1].split(b"\t", 1)
    problem = mark[_HEX:].decode() or None
    document = orjson.loads(canonical)
    return Counted(
        document,
        document["id"],
        document["origin"],
        objects.type_of(document),
        document["version"],
        bytes.fromhex(mark[:_HEX].decode()),
        canonical,
        problem,
        problem in objects.DOUBTFUL,
    )
