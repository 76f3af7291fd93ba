"""How people write names of places: folded, without blanks or article, shortened, with a slip."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

EXACT, PART = 0, 1
"""How well a spelling names a place: as a whole, or by what its name begins with."""

LONGEST_PREFIX = 100
MOST_WORDS = 12
SHORT_FORMS = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "mt": "mont",
}
ARTICLES = frozenset({"le", "la", "les", "l"})
LINKS = ARTICLES | {
    "a",
    "au",
    "aux",
    "d",
    "de",
    "des",
    "du",
    "en",
    "es",
    "et",
    "lez",
    "pres",
    "sous",
    "sur",
}
"""Words after which a name tells where its place is: `Pierrefitte-sur-Seine`."""

SHORTEST_PART, SHORTEST_SLIP = 4, 4
"""Shorter beginnings name nothing; of shorter words any other is one slip away."""

WORDS = re.compile("[a-z0-9]+")
CITY_PART = re.compile(r"(?P<city>[a-z]+) (?P<number>\d{1,2})(?:er|e) arrondissement")


def fold_name(text: str) -> str:
    """Return `text` as ASCII words in lower case: `L'Haÿ-les-Roses` gives `l hay les roses`."""
    bare = text.casefold()
    if not bare.isascii():
        open_letters = bare.replace("œ", "oe").replace("æ", "ae")
        letters = unicodedata.normalize("NFKD", open_letters)
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(WORDS.findall(bare))


def spell_out(words: str) -> str:
    """Return words as names of places are folded: `St Denis` gives `saint denis`."""
    return _spell_out(words[:LONGEST_PREFIX])


@lru_cache(maxsize=4096)
def _spell_out(words: str) -> str:
    # Reading one place asks for the same few names again and again.
    folded = fold_name(words).split()[:MOST_WORDS]
    return " ".join(SHORT_FORMS.get(word, word) for word in folded)


def glue(words: str) -> str:
    """Return words as one: `L'Haÿ les Roses` and `lhay les-roses` both give `lhaylesroses`."""
    return spell_out(words).replace(" ", "")


def without_article(words: str) -> str:
    """Return words without the article they begin with: `Le Mans` gives `mans`."""
    first, _blank, others = spell_out(words).partition(" ")
    return others if first in ARTICLES and others else spell_out(words)


def spellings_of(name: str) -> Iterator[tuple[str, int]]:
    """Yield the glued spellings of a place's name, each with how well it names the place."""
    words = spell_out(name).split()
    start = 1 if words[0] in ARTICLES else 0
    yield "".join(words), EXACT
    yield "".join(words[start:] or words), EXACT
    if match := CITY_PART.fullmatch(fold_name(name)):
        city, number = match.group("city", "number")
        yield from ((f"{city}{number}{ending}", EXACT) for ending in _endings(number))
        yield from ((f"{number}{ending}", PART) for ending in _endings(number))
    for end in range(start + 1, len(words)):
        part = "".join(words[start:end])
        if words[end] in LINKS and len(part) >= SHORTEST_PART:
            yield part, PART
            break


def is_one_slip(typed: str, name: str) -> bool:
    """Return whether one letter is missing, added, another one, or changed places with the next."""
    if typed == name or abs(len(typed) - len(name)) > 1:
        return False
    shortest = min(len(typed), len(name))
    start = next((at for at in range(shortest) if typed[at] != name[at]), shortest)
    rest, other_rest = typed[start:], name[start:]
    while rest and other_rest and rest[-1] == other_rest[-1]:
        rest, other_rest = rest[:-1], other_rest[:-1]
    return max(len(rest), len(other_rest)) == 1 or (len(rest) == 2 and rest == other_rest[::-1])  # noqa: PLR2004 - two neighbours


def halves_of(typed: str) -> tuple[str, str]:
    """Return a beginning and an end of a word, of which one slip leaves at least one as it is."""
    middle = len(typed) // 2
    return typed[: middle - 1], typed[middle:]


def _endings(number: str) -> tuple[str, ...]:
    others = ("er", "1er", "ere") if number == "1" else ("nd", "nde") if number == "2" else ()
    return ("", "e", "eme", "ieme", "earrondissement", "emearrondissement", *others)
