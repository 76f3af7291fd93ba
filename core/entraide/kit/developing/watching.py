"""The files whose change starts the trial site anew, looked at by their times."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import entraide
from entraide.plugins import loading

SUFFIXES = frozenset(
    {".py", ".html", ".txt", ".xml", ".toml", ".po", ".css", ".js", ".svg", ".json", ".csv"}
)
SETTINGS = ("instance.toml", "local.toml")
FOLDERS = ("plugins", "theme")
CORE = Path(entraide.__file__).parent

Snapshot = dict[str, tuple[int, int]]
"""Each file with the time of its last change (ns) and its size (bytes)."""


def watched_roots(folder: Path) -> list[Path]:
    """Return what is watched: settings and plugins of the instance, installed plugins, the core."""
    importlib.invalidate_caches()
    packages = [home for source in loading.available(folder).values() if (home := _home(source))]
    own = [folder / name for name in (*SETTINGS, *FOLDERS)]
    return sorted({*own, *packages, CORE})


def _home(source: str | Path) -> Path | None:
    if isinstance(source, Path):
        return source
    try:
        spec = find_spec(source)
    except (ImportError, SyntaxError, ValueError):
        return None
    return Path(spec.origin).parent if spec and spec.origin else None


def take_snapshot(roots: list[Path]) -> Snapshot:
    """Return the state of every file that counts; one that goes meanwhile is not in it."""
    snapshot: Snapshot = {}
    for path in (path for root in roots for path in _files(root)):
        try:
            status = path.stat()
        except OSError:
            continue
        snapshot[str(path)] = status.st_mtime_ns, status.st_size
    return snapshot


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name != "__pycache__" and not name.startswith(".")]
        # Editors write beside the file first, under a name that begins with a dot.
        own = (Path(folder, name) for name in files if not name.startswith("."))
        yield from (path for path in own if path.suffix in SUFFIXES)


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """Return the files that changed, came or went."""
    names = before.keys() | after.keys()
    return sorted(name for name in names if before.get(name) != after.get(name))
