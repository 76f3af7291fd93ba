"""The file of the gazetteer: unpacked once per machine, with indexes that the package lacks."""

from __future__ import annotations

import gzip
import hashlib
import os
import sqlite3
import tempfile
import zlib
from contextlib import closing
from pathlib import Path

from entraide.errors import EntraideError
from entraide.gazetteer.spellings import fold_name, spellings_of

PACKED = Path(__file__).parent / "data" / "gazetteer.sqlite.gz"
"""The built file; `data/build_gazetteer.py` makes it, `data/LICENCE.md` names its sources."""

INDEXES = """
BEGIN;
ALTER TABLE place ADD COLUMN folded TEXT;
UPDATE place SET folded = fold_name(name);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', detail='none', prefix='1 2 3', tokenize='ascii'
);
INSERT INTO words (rowid, text) SELECT rank, folded || ' ' || postal_codes FROM place;
CREATE INDEX place_code ON place (code);
CREATE INDEX place_folded ON place (folded);
CREATE INDEX place_latitude ON place (latitude);
CREATE TABLE spelling (key TEXT, reversed TEXT, grade INTEGER, place INTEGER);
COMMIT;
-- spellings: 1
"""
"""Raise the number in the last line when `spellings_of` changes: each machine unpacks anew."""

SPELLED = """
CREATE INDEX spelling_key ON spelling (key);
CREATE INDEX spelling_reversed ON spelling (reversed);
"""


class GazetteerError(EntraideError):
    """The list of communes is missing or damaged; reinstalling the package brings it back."""

    name, status, title = "gazetteer", 503, "The list of communes cannot be read"


def unpack_gazetteer(cache_folder: Path, packed: Path = PACKED) -> Path:
    """Return the unpacked and indexed file in `cache_folder`, made on first use (0.5 s).

    The name holds a hash of the packed file, so an upgrade never reads old data. Several
    processes may unpack at once: each writes its own temporary file and renames it. Raises
    GazetteerError when the packed file is missing or damaged.
    """
    try:
        content = packed.read_bytes()
        digest = hashlib.sha256(content + INDEXES.encode()).hexdigest()[:16]
        target = cache_folder / f"gazetteer-{digest}.sqlite"
        if not target.exists():
            _unpack(content, target)
    except (OSError, EOFError, zlib.error, sqlite3.Error) as error:
        raise GazetteerError(
            f"{packed} cannot be unpacked into {cache_folder}: {error}. Give this account the "
            "right to write there, or install the package again."
        ) from error
    return target


def _unpack(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(gzip.decompress(content))
        _add_indexes(temporary)
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _add_indexes(path: Path) -> None:
    """Add what can be computed, which would triple the packed file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("fold_name", 1, fold_name, deterministic=True)
        connection.executescript(INDEXES)
        rows = connection.execute("SELECT rank, name FROM place ORDER BY rank").fetchall()
        connection.executemany(
            "INSERT INTO spelling VALUES (?, ?, ?, ?)",
            [
                (key, key[::-1], grade, rank)
                for rank, name in rows
                for key, grade in dict(sorted(spellings_of(name), reverse=True)).items()
            ],
        )
        connection.executescript(SPELLED)
