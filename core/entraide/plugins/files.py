"""One-file plugins of an instance's `plugins/` folder: their names and first words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


def one_file_plugins(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of each plugin in `folder`, in alphabetical order."""
    if folder.is_dir():
        for path in sorted(folder.glob("*.py")):
            if NAME.fullmatch(path.stem):
                yield path.stem, path


def summary(path: Path) -> str:
    """Return the first line of a file's docstring without running the file; empty when none."""
    try:
        words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    except (SyntaxError, UnicodeDecodeError):
        return ""
    return words.partition("\n")[0]
