"""Every word of the interface is translated, and keeps the values that it is filled with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from entraide.kit import catalogues

ROOT = Path(__file__).parents[2]
PACKAGES = [
    path.parent
    for pattern in ("*/entraide*/__init__.py", "plugins/*/entraide*/__init__.py")
    for path in sorted(ROOT.glob(pattern))
]
METHODS = [
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**.html", "jinja2.ext:babel_extract"),
]
OPTIONS = {"**.html": {"silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "plural_form": (1, 2)}
VALUE = re.compile(r"%\((\w+)\)|%[sd]")


def used(package: Path) -> set[str]:
    """Return the source strings of a package; both forms of a plural are looked up alone."""
    found = set()
    for _file, _line, message, _comments, _context in extract_from_dir(
        package, METHODS, OPTIONS, keywords=KEYWORDS
    ):
        found |= {message} if isinstance(message, str) else set(message)
    return found


def translated(package: Path, language: str) -> dict[str, str]:
    """Return what a catalogue says for each source string; empty when there is no file."""
    path = package / "translations" / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=language) if one.id}


def missing(wanted: set[str], words: dict[str, str]) -> set[str]:
    return {source for source in wanted if not words.get(source)}


def changed_values(words: dict[str, str]) -> set[str]:
    return {
        source
        for source, text in words.items()
        if text and sorted(VALUE.findall(source)) != sorted(VALUE.findall(text))
    }


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_french_is_complete(package):
    assert missing(used(package), translated(package, "fr")) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_english_says_what_the_source_says_or_is_complete(package):
    words = translated(package, "en")
    assert not words or missing(used(package), words) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_no_translation_is_left_over(package):
    assert set(translated(package, "fr")) - used(package) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_catalogues_are_as_the_tool_writes_them(package):
    """Else the first who runs it finds changes of others in what they changed."""
    if not (package / "translations").exists():
        pytest.fail(f"{package.name} has no catalogue: run make messages")
    for language, messages in zip(("fr", "en"), catalogues.of_package(package, {}), strict=True):
        path = package / "translations" / f"{language}.po"
        assert path.read_bytes() == catalogues.written(language, messages), "run make messages"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_translations_keep_the_values(package, language):
    assert changed_values(translated(package, language)) == set()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"%(num)s offers": "%(num)s offres"}, set()),
        ({"%(num)s offers": "des offres"}, {"%(num)s offers"}),
        ({"%(num)s offers": "%(number)s offres"}, {"%(num)s offers"}),
    ],
)
def test_a_lost_value_is_found(words, found):
    assert changed_values(words) == found


@pytest.mark.parametrize(
    ("words", "found"), [({"Item": "Objet"}, set()), ({"Item": ""}, {"Item"}), ({}, {"Item"})]
)
def test_a_missing_translation_is_found(tmp_path, words, found):
    (tmp_path / "page.html").write_text("{{ _('Item') }}")
    assert missing(used(tmp_path), words) == found


LOOSE = re.compile(" [:;?!»]|« ")
"""A plain space where French keeps the two signs on one line."""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_no_french_line_begins_with_a_lone_mark(package):
    words = translated(package, "fr")
    assert [text for text in words.values() if LOOSE.search(text)] == []
