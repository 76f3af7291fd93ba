"""French as it is set: apostrophes, no-break spaces, hours, in catalogues and in examples."""

import re
import tomllib
from pathlib import Path

import pytest

from entraide.kit import catalogues as messages

ROOT = Path(__file__).parents[2]
CATALOGUES = [
    path
    for folder in ("core", "federation", "plugins")
    for path in sorted((ROOT / folder).glob("**/translations/fr.po"))
]
SEEDS = sorted((ROOT / "instances").glob("*/*.toml"))


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings_of(inner)


def french():
    for path in CATALOGUES:
        yield from messages.read(path).values()
    for path in SEEDS:
        yield from strings_of(tomllib.loads(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "mistake",
    [r"\w'\w", r"\S [?!:;»]", r"« \S", r"\d h\b", r"\d:\d\d (à|et) \d", r"\bsignes au plus"],
)
def test_french_is_set_as_it_should_be(mistake):
    assert [words for words in french() if re.search(mistake, words)] == []


@pytest.mark.parametrize(
    ("written", "typeset"),
    [
        ("l'aide d'Afev", "l’aide d’Afev"),
        ("Qui vient ?", "Qui vient\u00a0?"),
        ("« oui »", "«\u00a0oui\u00a0»"),
        ("de 9 h à 18 h 45", "de 9\u00a0h à 18\u00a0h\u00a045"),
        ("https://exemple.org", "https://exemple.org"),
        ("%(a)s : %(b)s", "%(a)s\u00a0: %(b)s"),
    ],
)
def test_catalogues_are_typeset_when_they_are_written(written, typeset):
    assert messages.typeset(written) == typeset
