"""Bring the catalogues up to date with the source: `make messages` (a tool, not part of a site)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from entraide.kit.catalogues import read, sources, typeset, written


def update(package: Path, words: dict[str, str]) -> list[str]:
    """Write both catalogues of a package; return the strings that still lack a French form."""
    (package / "translations").mkdir(exist_ok=True)
    french, english = catalogues(package, words)
    for name, messages in (("fr.po", french), ("en.po", english)):
        (package / "translations" / name).write_bytes(written(name.partition(".")[0], messages))
    return [source for source, translation in french.items() if not translation]


def catalogues(package: Path, words: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what both catalogues of a package say of its source strings, French and English."""
    folder = package / "translations"
    french = {
        source: typeset(translation)
        for source, translation in (read(folder / "fr.po") | words).items()
    }
    used = sorted(sources(package))
    return {source: french.get(source, "") for source in used}, {source: source for source in used}


def _pairs(paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            source, separator, translation = line.partition("\t")
            if separator:
                yield source, translation


def main() -> int:
    """Update packages; list what lacks a translation and fail when something does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument(
        "--words", action="append", default=[], type=Path, help="source TAB translation, by line"
    )
    given = parser.parse_args()
    missing = [
        f"{package}: {source}"
        for package in given.packages
        for source in update(package, dict(_pairs(given.words)))
    ]
    for line in missing:
        print(line)  # noqa: T201 - the tool's answer
    if missing:
        print("Write their French beside them in fr.po, then run this again.")  # noqa: T201
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
