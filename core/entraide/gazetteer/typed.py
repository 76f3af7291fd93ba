"""What somebody typed for a place, taken apart: a name, a postal code, a department."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from entraide.gazetteer.areas import DEPARTMENTS, department_named
from entraide.gazetteer.spellings import ARTICLES, LONGEST_PREFIX, fold_name, spell_out

POSTAL_CODES = (
    re.compile(r"(?<![0-9])(?:\bF[ -]*)?(?P<code>[0-9]{5})(?![0-9])", re.IGNORECASE),
    re.compile(r"(?<![0-9])(?:\bF[ -]*)?(?P<code>[0-9]{2}[ .][0-9]{3})(?![0-9])", re.IGNORECASE),
)
"""Five digits, or two and three, with the letter of the country or without; the first form goes
before the second."""

CEDEX = re.compile(r"\bcedex\b(?: *[0-9]{1,2}\b)?", re.IGNORECASE)
COUNTRY = re.compile(r",\s*france\s*$", re.IGNORECASE)
BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]?")
ARTICLE_LAST = re.compile(
    r"(?P<name>.+?)\s*,\s*(?P<article>le|la|les|l['\u2019]?)\s*", re.IGNORECASE
)
KIND_FIRST = re.compile(r"(?P<kind>departement|region)(?: d(?:e la|e l|es|u|e)? | )(?P<name>.+)")
AROUND = re.compile(
    r"(?:(?:tout )?pres|proche|autour|a cote|non loin|(?:aux |les )?(?:environs|alentours)"
    r"|(?:la )?(?:ville|commune|mairie)|centre ville) (?:des?|du|d) (?P<place>.+)"
    r"|(?:vers|dans|sur|en|centre ville) (?P<towards>.+)"
)
"""Words before a name that say no more than "around": a search looks around anyway."""

FILLERS = ARTICLES | {"a", "autour", "dans", "de", "du", "en"}
NEARNESS = re.compile(r"(?:.+ )?(?:autour|cote|environs|alentours|loin|pres|proche) (?:de|du)")
"""What names nothing before a code: `dans le 58`, `près de 58500`. La Côte and Les Prés are names."""

PREPOSITION_LAST = re.compile(r" (?:a|d|dans|de|en)$")
KINDS = ("department", "departement", "region")
CITIES_IN_PARTS = {"paris", "lyon", "marseille"}
"""There a number after the name is an arrondissement, not a department."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The parts of what was typed, each empty when it was not given.

    `name` is folded (`saint denis`), `department` a code (`93`); with `is_area` the person, or
    one of our own labels, says that a department or a region is meant.
    """

    name: str = ""
    postal_code: str = ""
    department: str = ""
    is_area: bool = False


def parse(words: str) -> Typed:
    """Take apart what somebody typed; any text may come."""
    text = unicodedata.normalize("NFKC", words[:LONGEST_PREFIX])
    postal_code, text = _postal_code(text)
    text = COUNTRY.sub("", CEDEX.sub(" ", text))
    typed = _without_brackets(text)
    return _apart(replace(typed, postal_code=postal_code))


def without_department(typed: Typed) -> Typed | None:
    """Read the last words as the name of a department: `Saint-Denis Réunion`; None if none is."""
    words = typed.name.split()
    for start in range(1, len(words)):
        if code := department_named(" ".join(words[start:])):
            name = PREPOSITION_LAST.sub("", " ".join(words[:start]))
            return replace(typed, name=name, department=code)
    return None


def without_around(typed: Typed) -> Typed | None:
    """Read `près de Clamecy` as Clamecy; None when nothing of the kind stands before a name."""
    match = AROUND.fullmatch(typed.name)
    return replace(typed, name=match["place"] or match["towards"]) if match else None


def department_of(postal_code: str) -> str:
    """Return the department of a postal code, empty where it does not tell: Corsica has two."""
    length = 3 if postal_code.startswith(("97", "98")) else 2
    code = postal_code[:length]
    return code if code in DEPARTMENTS else ""


def _postal_code(text: str) -> tuple[str, str]:
    for pattern in POSTAL_CODES:
        if match := pattern.search(text):
            code = match["code"].replace(" ", "").replace(".", "")
            return code, f"{text[: match.start()]} {text[match.end() :]}"
    return "", text


def _without_brackets(text: str) -> Typed:
    """Read what stands in brackets: a department, an article, a kind of area, or more words."""
    typed, kept = Typed(), BRACKETS.sub(" ", text)
    for content in BRACKETS.findall(text):
        folded = fold_name(content)
        if folded in KINDS:
            typed = replace(typed, is_area=True)
        elif folded in ARTICLES:
            kept = f"{content} {kept}"
        elif folded.isdigit() and not department_named(folded):
            continue
        elif code := department_named(folded):
            typed = replace(typed, department=code)
        else:
            kept = f"{kept} {content}"
    if match := ARTICLE_LAST.fullmatch(kept.strip()):
        kept = f"{match['article']} {match['name']}"
    return replace(typed, name=spell_out(kept))


def _apart(typed: Typed) -> Typed:
    """Read a department's code before or after the name, and what says that an area is meant."""
    if match := KIND_FIRST.fullmatch(typed.name):
        return replace(typed, name=match["name"], is_area=True)
    words = typed.name.split()
    if alone := _code_alone(typed, words):
        return alone
    if len(words) < 2 or typed.department:  # noqa: PLR2004 - a name and a code
        return typed
    first, *middle, last = words
    if _is_department(last) and not (len(words) == 2 and _is_part(first, last)):  # noqa: PLR2004 - a city and a number
        return replace(typed, name=" ".join([first, *middle]), department=last.upper())
    if _is_department(first):
        return replace(typed, name=" ".join([*middle, last]), department=first.upper())
    return typed


def _code_alone(typed: Typed, words: list[str]) -> Typed | None:
    """Read a code among words that name nothing: `près de 58500`, `dans le 58`."""
    if typed.postal_code and NEARNESS.fullmatch(typed.name):
        return replace(typed, name="")
    if len(words) > 1 and _is_department(words[-1]) and FILLERS.issuperset(words[:-1]):
        return replace(typed, name=words[-1], is_area=True)
    return None


def _is_department(word: str) -> bool:
    return word.upper() in DEPARTMENTS and any(letter.isdigit() for letter in word)


def _is_part(city: str, number: str) -> bool:
    return city in CITIES_IN_PARTS and number.isdigit() and int(number) <= 20  # noqa: PLR2004 - arrondissements of Paris
