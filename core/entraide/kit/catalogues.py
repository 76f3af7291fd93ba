"""The words of a package: what its source shows, and what its catalogues say."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
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


def typeset(words: str) -> str:
    """Return French words with ’ for ' and no-break spaces where no line may end."""
    words = _APOSTROPHE.sub("’", words)
    words = _BEFORE_MARK.sub("\u00a0", words)
    return _HOUR.sub("\u00a0", words)
