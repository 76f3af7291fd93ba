"""Which grade the last `entraide plugin check` gave a plugin of a site, kept beside its state."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

import orjson

from entraide import clock
from entraide.plugins import loading

FILE = "plugin-grades.json"


@dataclass(frozen=True)
class LastCheck:
    """The grade of a plugin, when it was given and for what: a version, and its files' digest."""

    grade: str
    checked_at: datetime
    version: str
    digest: str


def read_checks(state: Path) -> dict[str, LastCheck]:
    """Return plugin → its last check; nothing when none was kept, or what was cannot be read."""
    try:
        kept = orjson.loads((state / FILE).read_bytes())
        return {
            name: LastCheck(
                str(check["grade"]),
                datetime.fromisoformat(check["checked_at"]),
                str(check["version"]),
                str(check["digest"]),
            )
            for name, check in kept.items()
        }
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return {}


def keep_check(state: Path, name: str, grade: str, source: str | Path) -> None:
    """Keep the grade that a plugin of a site has now; raises OSError."""
    check = LastCheck(grade, clock.now(), version_of(source), digest_of(source))
    checks = read_checks(state) | {name: check}
    content = orjson.dumps({key: asdict(known) for key, known in sorted(checks.items())})
    # Beside its place first: whoever reads it meanwhile reads the old one.
    handle, part = tempfile.mkstemp(dir=state, prefix=FILE)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(part).chmod(0o640)
    Path(part).replace(state / FILE)


def version_of(source: str | Path) -> str:
    """Return the version of a plugin's distribution; empty for a single file, which has none."""
    if isinstance(source, Path):
        return ""
    points = entry_points(group=loading.GROUP)
    known = next((point.dist for point in points if point.value == source and point.dist), None)
    if known is not None:
        return str(known.version)
    try:
        return version(source)
    except PackageNotFoundError:
        return ""


def digest_of(source: str | Path) -> str:
    """Return what changes when a file of a plugin does; empty when it has no files."""
    digest = hashlib.sha256()
    for path in _files(source):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(source: str | Path) -> list[Path]:
    if isinstance(source, Path):
        return [source]
    spec = find_spec(source)
    if spec is None or spec.origin is None:
        return []
    files = Path(spec.origin).parent.rglob("*")
    return sorted(path for path in files if path.is_file() and path.suffix != ".pyc")
