"""Whose files the state holds: what root leaves behind is handed to the owner of the site."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = 0


@contextmanager
def handing_over(state: Path, folder: Path) -> Iterator[None]:
    """Give what root makes in `state` during the block to the owner of `state`.

    Before there is a state it is the owner of the instance folder. A service that runs under a
    user of its own could not write to a search index or a log that root had made anew.
    """
    if os.geteuid() != ROOT:
        yield
        return
    owner = (state if state.exists() else folder).stat()
    try:
        yield
    finally:
        if owner.st_uid != ROOT and state.exists():
            _hand_over(state, owner)


def _hand_over(state: Path, owner: os.stat_result) -> None:
    for path in (state, *state.rglob("*")):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        # A file with a second name may be one from elsewhere that only root may give away.
        is_alone = stat.S_ISDIR(status.st_mode) or status.st_nlink == 1
        if status.st_uid == ROOT and is_alone:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
