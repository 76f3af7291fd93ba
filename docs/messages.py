"""Bring the catalogues up to date with the source: `make messages` (a tool, not part of a site)."""

from __future__ import annotations

import argparse
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("en", "fr")
METHODS = [
    ("**/migrations/**", "ignore"),
    ("**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**.py", "python"),
]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "plural_form": (1, 2)}
OPTIONS = {"**.html": {"trimmed": "true"}}


_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_BEFORE_MARK = re.compile(r"(?<=\S) (?=[?!:;»])|(?<=«) (?=\S)|^ (?=:$)")
_HOUR = re.compile(r"(?<=\d) (?=h\b)|(?<=\dh) (?=\d)|(?<=\d[ \u00a0]h) (?=\d)")


def sources(package: Path) -> set[str]:
    """Return every source string of a package; both forms of a plural count."""
    found: set[str] = set()
    for _file, _line, message, _comments, _context in extract_from_dir(
        package, METHODS, OPTIONS, KEYWORDS
    ):
        found.update(message if isinstance(message, tuple) else (message,))
    return found


def read(path: Path) -> dict[str, str]:
    """Return the translations of a catalogue file; empty when there is none."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale=path.stem)
    return {str(message.id): str(message.string) for message in messages if message.id}


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


def typeset(words: str) -> str:
    """Return French words with ’ for ' and no-break spaces where no line may end."""
    words = _APOSTROPHE.sub("’", words)
    words = _BEFORE_MARK.sub("\u00a0", words)
    return _HOUR.sub("\u00a0", words)


def written(language: str, messages: dict[str, str]) -> bytes:
    """Return a catalogue as its file."""
    catalog, file = Catalog(locale=language, project="Entraide", fuzzy=False), io.BytesIO()
    for source, translation in messages.items():
        catalog.add(source, translation)
    write_po(file, catalog, omit_header=True, no_location=True, width=0)
    return file.getvalue()


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
