"""Whether the tests that a plugin brings along pass."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from entraide.kit.candidate import Candidate
from entraide.kit.findings import Finding

NO_TESTS = 5
"""What pytest answers when it finds no test."""
LAST_LINES = 12


def pass_here(plugin: Candidate) -> list[Finding]:
    """Run the plugin's tests on SQLite, in a process of their own; say how they end."""
    folder = _folder(plugin)
    if folder is None:
        return [_finding(plugin, "it has no tests", "tests", "Write tests/test_….py.")]
    if find_spec("pytest") is None:
        how = "Install it: pip install 'entraide[testing]' (in a clone: pip install -e 'core[testing]')"
        return [_finding(plugin, "its tests cannot run: pytest is missing", "tests", how)]
    done = _run(plugin, folder)
    if done.returncode == 0:
        return []
    if done.returncode == NO_TESTS:
        return [_finding(plugin, "its tests folder holds no test", str(folder), "Write one.")]
    last = "\n".join(done.stdout.splitlines()[-LAST_LINES:])
    return [_finding(plugin, f"its own tests fail:\n{last}", str(folder), "Mend what they name.")]


def _folder(plugin: Candidate) -> Path | None:
    # Its own, or, in a workspace of several distributions, the one for its name.
    near, far = plugin.project.parent, plugin.project.parent.parent
    folders = (
        plugin.project / "tests",
        far / "tests" / "plugins" / plugin.name,
        near / "tests" / plugin.name,
    )
    for folder in folders:
        if folder.is_dir():
            return folder
    return None


def _run(plugin: Candidate, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([*plugin.paths, os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    root = next(parent for parent in folder.parents if (parent / "pyproject.toml").is_file())
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not postgresql",
    ]
    return subprocess.run(  # noqa: S603 - our own interpreter, the plugin's own tests
        [*command, "--rootdir", str(root), str(folder)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _finding(plugin: Candidate, what: str, where: str, how: str) -> Finding:
    why = "Without tests nobody knows after a change whether it still works."
    return Finding("gold", what, plugin.place(where), why, how)
