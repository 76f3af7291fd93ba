"""Where files of tests lie: beside the name of what they test, or among the flows."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

AREAS = ("core", "federation", "plugins")
"""The folders of tests that mirror a folder of distributions; others have a subject of their own."""

FLOWS = "flows"
MOST_FLOWS = 0.2
"""What tells a whole way through several modules stays the exception."""


def code_of(root: Path, folder: PurePosixPath) -> Path:
    """Return the folder of code that a folder below `tests` mirrors; it need not exist."""
    area, *rooms = folder.parts
    if area != "plugins":
        package = "entraide" if area == "core" else f"entraide_{area}"
        return root.joinpath(area, package, *rooms)
    name, *rooms = rooms or [""]
    return root.joinpath(area, name, f"entraide_{name}", *rooms)


def is_in_place(root: Path, test: PurePosixPath) -> bool:
    """Return whether a file of tests, named below `tests`, lies where the rule wants it.

    `test_NAME.py` and `test_NAME_subject.py` test the module or package NAME of the folder that is
    mirrored, or that folder itself when it has this name.
    """
    folder = test.parent
    if folder.name == FLOWS:
        return folder.parent == PurePosixPath("plugins") or code_of(root, folder.parent).is_dir()
    code = code_of(root, folder)
    if not code.is_dir():
        return False
    names = {path.stem for path in code.glob("*.py")} | {folder.name}
    subject = test.stem.removeprefix("test_")
    return any(subject == name or subject.startswith(f"{name}_") for name in names)


TESTED = ("config", "privacy", "members")
"""Rooms of the core whose mistakes nobody sees in time: a site that is set wrongly, words that leave
it, accounts that are somebody else's."""

LEAST_TESTED = 1.2


def lines_per_line(root: Path, room: str) -> float:
    """Return how many lines of tests a room of the core has for each of its own; blank ones aside."""
    code, tests = root / "core" / "entraide" / room, root / "tests" / "core" / room
    return _lines_in(tests) / _lines_in(code)


def _lines_in(folder: Path) -> int:
    paths = folder.rglob("*.py")
    return sum(bool(row.strip()) for path in paths for row in path.read_text("utf-8").splitlines())


def files_of_tests(root: Path) -> list[PurePosixPath]:
    """Return the files of tests in the folders that mirror code, named below `tests`."""
    tests = root / "tests"
    paths = (path for area in AREAS for path in (tests / area).rglob("test_*.py"))
    return sorted(PurePosixPath(path.relative_to(tests).as_posix()) for path in paths)
