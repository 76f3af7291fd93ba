"""Words in the reader's language: catalogues of core and plugins, lazy strings, dates in words."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from babel import dates, numbers
from babel.messages.pofile import read_po

from entraide.binding import Bound
from entraide.clock import PARIS

log = structlog.get_logger("entraide.i18n")

LANGUAGES = ("fr", "en")
"""Languages of the interface; the source strings are English."""

_FIRST_OF_MONTH = re.compile(r"\b1 (?=[^\W\d])")
_LONE_MARK = re.compile(r"(?<=\S) (?=[?!:;»])|(?<=«) (?=\S)")
_language: ContextVar[str] = ContextVar("entraide_language", default="fr")
_catalogues: dict[str, Catalogue] = {}


class Catalogue:
    """The translations of one package: language → source string → translation."""

    def __init__(self, messages: Mapping[str, Mapping[str, str]]) -> None:
        self.messages = messages

    def lookup(self, source: str) -> str | None:
        """Return the translation into the current language, None when there is none."""
        return self.messages.get(_language.get(), {}).get(source)


class LazyText:
    """A string that is translated when it is shown, with named values filled in."""

    __slots__ = ("catalogue", "source", "values")

    def __init__(self, catalogue: Catalogue, source: str, values: Mapping[str, Any]) -> None:
        self.catalogue, self.source, self.values = catalogue, source, values

    def __str__(self) -> str:
        text = self.catalogue.lookup(self.source) or self.source
        if not self.values:
            return text
        try:
            return text % self.values
        except (KeyError, TypeError, ValueError) as error:
            # A catalogue that asks for a value which nobody gives makes an odd label, not an error.
            packages = [name for name, known in _catalogues.items() if known is self.catalogue]
            log.warning("words-not-filled", words=text, package=packages, missing=str(error))
            return text

    def __repr__(self) -> str:
        return f"LazyText({self.source!r})"

    def __iter__(self) -> Iterator[LazyText]:
        # marshmallow takes a message that is no str for a list of messages: so be it.
        yield self

    def format(self, **values: Any) -> str:
        """Fill in `{values}`, as marshmallow does with `error=` of its validators."""
        return str(self).format(**values)

    def __mod__(self, values: Mapping[str, Any]) -> str:
        return str(self) % values

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)


Text = str | LazyText
"""What labels may be: plain or translated when shown."""


def catalogue(package: str, **messages: Mapping[str, str]) -> Callable[..., LazyText]:
    """Return the translator of a package, by convention called `_`.

    Reads `translations/<language>.po` beside the package; a single file gives its words
    directly: `catalogue(__name__, fr={"Item": "Objet"})`.
    """
    words = Catalogue(messages or _read_folder(package))
    _catalogues[package] = words

    def translate(source: str, **values: Any) -> LazyText:
        return LazyText(words, source, values)

    return translate


def gettext(source: str, **values: Any) -> str:
    """Translate for templates: core's catalogue first, then the plugins' in loading order."""
    for known in _catalogues.values():
        if (text := known.lookup(source)) is not None:
            break
    else:
        text = source
    return text % values if values else text


def ngettext(singular: str, plural: str, count: int, **values: Any) -> str:
    """Translate one of two forms and fill in `num` and `values`."""
    return plural_form(singular, plural, count) % {"num": count, **values}


def plural_form(singular: str, plural: str, count: int) -> str:
    """Translate one of two forms for templates, which fill in the values themselves.

    French and English both have one plural; French keeps 0 singular.
    """
    is_one = count < 2 if language() == "fr" else count == 1  # noqa: PLR2004 - 0 and 1 are singular
    return gettext(singular if is_one else plural)


def language() -> str:
    """Return the current language code."""
    return _language.get()


def in_every_language(text: Text) -> list[str]:
    """Return a text in each of `LANGUAGES`, once where they do not differ."""
    words = []
    for code in LANGUAGES:
        with speaking(code):
            words.append(str(text))
    return list(dict.fromkeys(words))


def speaking(code: str) -> Bound[str]:
    """Speak one of `LANGUAGES` in a block; anything else falls back to French."""
    return Bound(_language, code if code in LANGUAGES else "fr")


def day_in_words(day: date) -> str:
    """Write a day for people: `mercredi 7 janvier 2026`."""
    return _dated(dates.format_date(day, "full" if language() == "fr" else "long", language()))


def date_in(day: date, pattern: str = "long") -> str:
    """Format a day with one of babel's patterns (template filter `dateformat`)."""
    return _dated(dates.format_date(day, pattern, locale=language()))


def hour_in(moment: datetime | time) -> str:
    """Write an hour for people: `18 h`, `18 h 45` in French, `18:45` in English (`hourformat`)."""
    if language() != "fr":
        return f"{moment.hour}:{moment.minute:02}"
    # No line of a page may end between the parts of an hour.
    minutes = f"\u00a0{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour}\u00a0h{minutes}"


def datetime_in(moment: datetime, pattern: str = "") -> str:
    """Write an aware time in French time: `7 janvier 2026 à 18 h 30` (filter `datetimeformat`).

    With one of babel's patterns, as the pattern says.
    """
    local = moment.astimezone(PARIS)
    if pattern:
        return dates.format_datetime(local, pattern, tzinfo=PARIS, locale=language())
    joint = " à " if language() == "fr" else ", "
    return date_in(local.date()) + joint + hour_in(local)


def around(place: str) -> str:
    """Write `autour de Clamecy`, `autour du Havre`, `autour d’Amiens` (template filter)."""
    return gettext("around %(place)s", place=_of(place) if language() == "fr" else place)


def _of(place: str) -> str:
    """Return a French name after "de": articles melt into it, vowels shorten it."""
    for article, melted in (("Le ", "du "), ("Les ", "des ")):
        if place.startswith(article):
            return melted + place.removeprefix(article)
    first = unicodedata.normalize("NFD", place[:1])[:1].casefold()
    return ("d’" if first and first in "aeiouœæ" else "de ") + place


def unbroken(words: str) -> str:
    """Keep French punctuation on the line of its word: for showing, never for keeping.

    A space before ? ! : ; and inside « » does not break any more; no letter changes.
    """
    return _LONE_MARK.sub("\u00a0", str(words)) if language() == "fr" else words


def number_in(number: float, places: int | None = None) -> str:
    """Format a number (template filter `numberformat`), with as many decimals as `places` says."""
    pattern = None if places is None else f"#,##0.{'0' * places}".rstrip(".")
    return numbers.format_decimal(number, pattern, locale=language())


def _dated(words: str) -> str:
    # In French the first of a month is an ordinal number, and no other day is.
    return _FIRST_OF_MONTH.sub("1er ", words) if language() == "fr" else words


@cache
def _read_folder(package: str) -> dict[str, dict[str, str]]:
    spec = importlib.util.find_spec(package.partition(".")[0])
    origin = spec.origin if spec else None
    folder = Path(origin or "/nonexistent").parent / "translations"
    return {path.stem: _read_file(path) for path in sorted(folder.glob("*.po"))}


def _read_file(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        messages = read_po(file, locale=path.stem)
    return {
        source: translated
        for message in messages
        if message.id and not message.fuzzy
        for source, translated in zip(
            _forms(message.id), _forms(message.string or ""), strict=False
        )
        if translated
    }


def _forms(words: str | Sequence[str]) -> Sequence[str]:
    # A message with a plural has two source strings and two translations.
    return [words] if isinstance(words, str) else words


FILTERS: dict[str, Callable[..., str]] = {
    "dateformat": date_in,
    "datetimeformat": datetime_in,
    "hourformat": hour_in,
    "numberformat": number_in,
    "around": around,
    "unbroken": unbroken,
}
"""The filters of pages and mails that write in the reader's language."""
