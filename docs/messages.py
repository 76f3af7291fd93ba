"""Bring the catalogues up to date with the source: `make messages` (a tool, not part of a site)."""

from __future__ import annotations

import argparse
from pathlib import Path

from entraide.kit.catalogues import update, words_of


def main() -> int:
    """Update packages; list what lacks a translation and fail when something does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument(
        "--words", action="append", default=[], type=Path, help="source TAB translation, by line"
    )
    given = parser.parse_args()
    words: dict[str, str] = {}
    for path in given.words:
        words |= words_of(path.read_text("utf-8"))
    missing = [
        f"{package}: {source}" for package in given.packages for source in update(package, words)
    ]
    for line in missing:
        print(line)  # noqa: T201 - the tool's answer
    if missing:
        print("Write their French beside them in fr.po, then run this again.")  # noqa: T201
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
