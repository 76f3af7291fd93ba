"""What lies at the top, what the constraints may say, and the names that the core offers."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import entraide

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "benchmarks",
    "constraints.txt",
    "core",
    "docs",
    "federation",
    "instances",
    "plugins",
    "pyproject.toml",
    "tests",
}
PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!]*")
# What a committed file may not name: hosts that serve packages, and folders of one machine.
FORBIDDEN = re.compile(
    r"pypi\.org|pythonhosted|npmjs|deb\.debian\.org|/root/|/home/\w+/|file:///opt"
)
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".css", ".po", ".json", ""}


def tracked() -> list[str]:
    """Return the files of the repository: committed, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def requirements(path: Path) -> list[Requirement]:
    lines = path.read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_the_top_level_is_the_one_of_the_architecture():
    assert {name.partition("/")[0] for name in tracked()} == TOP_LEVEL


def test_the_architecture_page_names_every_folder():
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    folders = {name.partition("/")[0] for name in tracked() if "/" in name}
    assert [folder for folder in sorted(folders) if f"{folder}/" not in page] == []


def test_constraints_are_names_and_versions_only():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not PINNED.fullmatch(line)] == []
    assert lines == sorted(set(lines), key=str.lower)


@pytest.mark.parametrize(
    "line",
    ["flask", "flask>=3", "-e ./core", "flask @ https://host.example/f.whl", "--index-url=x"],
)
def test_other_constraints_are_refused(line):
    assert not PINNED.fullmatch(line)


def test_everything_installed_is_pinned():
    pinned = {
        canonicalize_name(line.partition("==")[0])
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    }
    roots = [Requirement("flit_core"), Requirement("entraide[postgresql,redis]")]
    roots += [Requirement(name) for name in ("entraide-federation", "entraide-tutoring")]
    for path in ROOT.glob("*/requirements.txt"):
        roots += requirements(path)
    assert needed(roots) - pinned == set()


def needed(roots: list[Requirement]) -> set[str]:
    """Return the names of the distributions that the roots bring, our own left out."""
    found: set[str] = set()
    waiting, seen = list(roots), set()
    while waiting:
        one = waiting.pop()
        key = (canonicalize_name(one.name), tuple(sorted(one.extras)))
        if key in seen:
            continue
        seen.add(key)
        if not key[0].startswith("entraide"):
            found.add(key[0])
        for line in metadata.requires(one.name) or []:
            requirement = Requirement(line)
            extras = one.extras or {""}
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(requirement)
    return found


def distributions() -> list[Path]:
    return [
        path.parent
        for path in sorted([*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")])
    ]


def imported(folder: Path) -> set[str]:
    """Return the top names that a distribution imports, at run time, from outside of Python."""
    found: set[str] = set()
    for path in folder.glob("entraide*/**/*.py"):
        if "/data/" in path.as_posix() or "/testing/" in path.as_posix():
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {path.name for path in folder.glob("entraide*")}


def declared(folder: Path) -> set[str]:
    """Return what a distribution depends on; the core's dependencies come with the core."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in project.get("optional-dependencies", {}).values():
        lines += extra
    names = {canonicalize_name(Requirement(line).name) for line in lines}
    return names | declared(ROOT / "core") if "entraide" in names else names


@pytest.mark.parametrize("folder", distributions(), ids=lambda path: path.name)
def test_every_import_is_declared(folder):
    homes = metadata.packages_distributions()
    wanted = {canonicalize_name(homes[name][0]) for name in imported(folder) if name in homes}
    # Flask brings Jinja and flask-smorest brings webargs; their versions go together.
    assert wanted - declared(folder) - {"jinja2", "markupsafe", "webargs", "apispec"} == set()


def test_every_dependency_of_the_core_is_imported():
    homes = metadata.packages_distributions()
    used = {canonicalize_name(homes[name][0]) for name in imported(ROOT / "core") if name in homes}
    # Two drivers that SQLAlchemy and huey import by name, and what `entraide.testing` needs.
    assert declared(ROOT / "core") - used - {"psycopg", "redis", "pytest"} == set()


def test_no_file_names_a_host_of_packages_or_a_folder_of_one_machine():
    this = Path(__file__).relative_to(ROOT).as_posix()
    names = [name for name in tracked() if Path(name).suffix in TEXT and name != this]
    found = {
        f"{name}: {match.group()}"
        for name in names
        if (match := FORBIDDEN.search((ROOT / name).read_text("utf-8")))
    }
    assert found == set()


def test_the_licence_is_the_one_that_is_declared():
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text("utf-8")
    for path in [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]:
        assert 'license = "AGPL-3.0-or-later"' in path.read_text("utf-8"), path


def test_public_names_are_the_imports_of_the_first_file():
    tree = ast.parse(Path(entraide.__file__).read_text("utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    names = {name.asname or name.name for node in imports for name in node.names}
    assert sorted(entraide.__all__) == sorted(names - {"annotations"})


@pytest.mark.parametrize("name", entraide.__all__)
def test_public_name_resolves(name):
    assert getattr(entraide, name) is not None


def test_an_unknown_public_name_is_refused():
    with pytest.raises(AttributeError, match="has no attribute 'Ofer'"):
        _ = entraide.Ofer


def test_the_architecture_page_draws_every_room_in_the_order_of_the_contract():
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    picture = page.partition("from the roof")[2].partition("inside a feature")[0]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["id"] == "core-rooms")
    rooms = [room for layer in layers for room in layer.split(" | ")]
    missing = [room for room in rooms if not re.search(rf"\b{room}\b", picture)]
    assert missing == []
    firsts = [re.escape(layer.split(" | ")[0]) for layer in layers]
    floors = [re.search(rf"^ +(\w+ +)*?{first}\b", picture, re.MULTILINE) for first in firsts]
    order = [floor.end() for floor in floors if floor]
    assert order == sorted(order)
