"""The words of a package: what its source shows, and what its catalogues say."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_from_dir
from babel.messages.pofile import read_po, write_po

METHODS = [
    ("**/migrations/**", "ignore"),
    ("**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**.py", "python"),
]
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "plural_form": (1, 2),
}
OPTIONS = {"**.html": {"trimmed": "true"}}

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_BEFORE_MARK = re.compile(r"(?<=\S) (?=[?!:;»])|(?<=«) (?=\S)|^ (?=:$)")
_HOUR = re.compile(r"(?<=\d) (?=h\b)|(?<=\dh) (?=\d)|(?<=\d[ \u00a0]h) (?=\d)")


def sources(package: Path) -> dict[str, tuple[str, int]]:
    """Return every source string of a package with its file and line; both forms of a plural."""
    places: dict[str, tuple[str, int]] = {}
    for file, line, message, _comments, _context in extract_from_dir(
        package, METHODS, OPTIONS, KEYWORDS
    ):
        for words in message if isinstance(message, tuple) else (message,):
            places.setdefault(words, (file, line))
    return places


def sources_of_file(path: Path) -> dict[str, int]:
    """Return every source string of one Python file with its line."""
    with path.open("rb") as file:
        found = list(extract("python", file, KEYWORDS))
    return {
        words: line
        for line, message, *_rest in reversed(found)
        for words in (message if isinstance(message, tuple) else (message,))
    }


def read_inside(path: Path) -> dict[str, str]:
    """Return the French that one Python file gives itself: `catalogue(__name__, fr={...})`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("catalogue"):
            for given in node.keywords:
                if given.arg == "fr":
                    with suppress(ValueError):
                        return {**ast.literal_eval(given.value)}
    return {}


def update(package: Path, words: Mapping[str, str]) -> list[str]:
    """Bring both catalogues of a package up to date; return the strings that still lack French.

    `words` are translations that are added, by their source. What is in no source any more goes. A
    file that says all of it already, in this order, stays as it is, whoever has written it.
    """
    (package / "translations").mkdir(exist_ok=True)
    french, english = of_package(package, words)
    for name, messages in (("fr", french), ("en", english)):
        path = package / "translations" / f"{name}.po"
        if not path.exists() or [*read(path).items()] != [*messages.items()]:
            path.write_bytes(written(name, messages))
    return [source for source, translation in french.items() if not translation]


def of_package(package: Path, words: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what both catalogues of a package say of its source strings, French and English."""
    given = read(package / "translations" / "fr.po") | dict(words)
    french = {source: typeset(translation) for source, translation in given.items()}
    used = sorted(sources(package))
    return {source: french.get(source, "") for source in used}, {source: source for source in used}


def words_of(text: str) -> dict[str, str]:
    """Return the translations of a file of lines: source, a tabulator, translation."""
    pairs = (line.partition("\t") for line in text.splitlines())
    return {source: translation for source, separator, translation in pairs if separator}


def read(path: Path) -> dict[str, str]:
    """Return the translations of a catalogue file; empty when there is none."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale=path.stem)
    return {str(message.id): str(message.string) for message in messages if message.id}


def written(language: str, messages: dict[str, str]) -> bytes:
    """Return a catalogue as its file; French words as they are typeset."""
    catalog, file = Catalog(locale=language, project="Entraide", fuzzy=False), io.BytesIO()
    for source, words in messages.items():
        catalog.add(source, typeset(words) if language == "fr" else words)
    write_po(file, catalog, omit_header=True, no_location=True, width=0)
    return file.getvalue()


def apostrophes(words: str) -> str:
    """Return words with ’ for the ' of a keyboard: in French and in English."""
    return _APOSTROPHE.sub("’", words)


def typeset(words: str) -> str:
    """Return French words with ’ for ' and no-break spaces where no line may end."""
    words = apostrophes(words)
    words = _BEFORE_MARK.sub("\u00a0", words)
    return _HOUR.sub("\u00a0", words)
