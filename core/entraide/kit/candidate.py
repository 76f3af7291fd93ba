"""The plugin that a command of the kit is about: an installed one, or a folder that is not."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory

from entraide.errors import EntraideError
from entraide.plugins.files import NAME
from entraide.plugins.loading import GROUP, ONE_FILE, forget_package


class NoPlugin(EntraideError):
    """There is no such plugin; the words say what to write instead."""

    name, status, title = "no-plugin", 404, "There is no such plugin"


@dataclass(frozen=True)
class Candidate:
    """A plugin: its name, its package and where that lies; `project` has its pyproject.toml.

    `paths` is what Python has to look through besides its own to find the plugin. Of a plugin that is
    one file, `file` is that file and `folder` and `project` are where it lies.
    """

    name: str
    package: str
    folder: Path
    project: Path
    paths: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def source(self) -> str | Path:
        """Return what a site loads: the package, or the one file."""
        return self.file or self.package

    def home(self, *parts: str) -> Path:
        """Return a file of the package, or the one file that the plugin is."""
        return self.file or self.folder.joinpath(*parts)

    def place(self, path: str | Path, line: int = 0) -> str:
        """Return a file, from the project's folder on, with its line."""
        try:
            shown = Path(path).resolve().relative_to(self.project.resolve())
        except ValueError:
            shown = Path(path)
        return f"{shown}:{line}" if line else str(shown)


@contextmanager
def candidate(target: str, instance: Path | None = None) -> Iterator[Candidate]:
    """Give the plugin of a folder, one that is one file, or one by its name; importable in the block.

    The name is that of an installed plugin, or of a file in `plugins/` of the instance folder.
    NoPlugin when there is none.
    """
    folder = Path(target)
    if file := _one_file(folder, instance):
        yield _from_file(file)
        return
    if (folder / "pyproject.toml").is_file():
        with _from_folder(folder.resolve()) as made:
            yield made
        return
    installed = {point.name: point.value for point in entry_points(group=GROUP)}
    if target not in installed:
        known = ", ".join(sorted(installed)) or "none"
        raise NoPlugin(
            f"{target!r} is neither a folder with a pyproject.toml, nor a plugin of one file, nor an "
            "installed one. "
            f"Installed: {known}. A new one: entraide plugin new {target}"
        )
    yield _installed(target, installed[target])


def _one_file(target: Path, instance: Path | None) -> Path | None:
    """Return the file that a path names, or a name in the instance's `plugins/`."""
    if target.suffix == ".py":
        return target if target.is_file() else None
    near = instance / "plugins" / f"{target}.py" if instance else None
    return near if near and near.is_file() and len(target.parts) == 1 else None


def _from_file(file: Path) -> Candidate:
    file = file.resolve()
    if not NAME.fullmatch(file.stem):
        raise NoPlugin(
            f"{file}: the name of the file is the plugin's: 1 to 31 of a-z, 0-9 and _, a letter first."
        )
    return Candidate(file.stem, ONE_FILE, file.parent, file.parent, file=file)


def _installed(name: str, package: str) -> Candidate:
    spec = importlib.util.find_spec(package)
    folder = Path((spec and spec.origin) or "").parent
    return Candidate(name, package, folder, folder.parent)


@contextmanager
def _from_folder(project: Path) -> Iterator[Candidate]:
    name, package = _entry_of(project)
    folder = project / package
    if not (folder / "__init__.py").is_file():
        raise NoPlugin(f"{project / 'pyproject.toml'} names {package}, and {folder} is no package.")
    if any(point.name == name for point in entry_points(group=GROUP)):
        spec = importlib.util.find_spec(package)
        if spec and Path(spec.origin or "").parent == folder:
            yield Candidate(name, package, folder, project)
            return
        raise NoPlugin(
            f"A plugin {name!r} is installed from another folder. Check that one "
            f"(entraide plugin check {name}), or uninstall it first."
        )
    with TemporaryDirectory(prefix="entraide-kit-") as described:
        _describe(Path(described), name, package)
        paths = (str(project), described)
        sys.path[:0] = paths
        importlib.invalidate_caches()
        try:
            yield Candidate(name, package, folder, project, paths)
        finally:
            sys.path[:] = [path for path in sys.path if path not in paths]
            forget_package(package)


def _entry_of(project: Path) -> tuple[str, str]:
    path = project / "pyproject.toml"
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NoPlugin(f"{path}: {error}. Correct the file.") from error
    points = written.get("project", {}).get("entry-points", {}).get(GROUP, {})
    if len(points) != 1:
        raise NoPlugin(
            f"{path} names {len(points)} plugins. Write one below "
            f'[project.entry-points.{GROUP}]: toys = "entraide_toys".'
        )
    [(name, package)] = points.items()
    return name, package


def _describe(folder: Path, name: str, package: str) -> None:
    # What an installer would write: with it Python finds the plugin like any other.
    info = folder / f"{package}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {package}\n", "utf-8")
