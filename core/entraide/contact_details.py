"""Finds phone numbers, e-mail and street addresses, links and pseudonyms in what a person wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ContactKind = Literal["phone", "email", "address", "link"]

MOST_SHOWN = 60


@dataclass(frozen=True)
class ContactDetail:
    """One detail: its kind and its words as they were written, shortened to 60 signs."""

    kind: ContactKind
    excerpt: str


def find_contact_details(text: str) -> list[ContactDetail]:
    """Return the contact details in a text, one of each kind at most, in the order of kinds.

    The forms are those of France, also spelled out ("zéro six …", "arobase", "point fr"). Helplines
    of two to four figures are not a person's and are left alone.
    """
    plain, places = _plain(text)
    found = (
        ("phone", _first(_phones(plain))),
        ("email", _first(EMAIL.finditer(plain))),
        ("address", _first(_addresses(plain, text, places))),
        ("link", _first(LINK.finditer(plain))),
    )
    return [
        ContactDetail(kind, text[places[span[0]] : places[span[1] - 1] + 1].strip()[:MOST_SHOWN])
        for kind, span in found  # type: ignore[misc]
        if span is not None
    ]


# Signs ---------------------------------------------------------------------------------------


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the text in plain small letters and, for each sign, where it stands in the original.

    Accents, joiners and the frames of keycaps go; every figure of any script is an ASCII one.
    """
    signs: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for sign in unicodedata.normalize("NFKD", letter).casefold():
            if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
                continue
            digit = unicodedata.digit(sign, None)
            signs.append(str(digit) if digit is not None else SIGNS.get(sign, sign))
            places.append(place)
    return "".join(signs), places


SIGNS = {
    **dict.fromkeys("\u2019\u02bc", "'"),
    **dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2022\u00b7", "."),
}
"""Signs that look like the plain ones: apostrophes, dashes, dots."""


def _first(matches: Iterator[re.Match[str]]) -> tuple[int, int] | None:
    match = next(matches, None)
    return match.span() if match else None


# Phone numbers -------------------------------------------------------------------------------

GAP = r"[\s.\-/_*,:()|~']{1,3}"
"""What stands between the pairs of a number."""
START = r"(?<![\d\w])(?<!\d[ .\-])"
PAIRS = re.compile(rf"{START}[0o][1-9](?:{GAP}\d\d){{4}}(?!\d)")
WHOLE = re.compile(rf"{START}[0o][1-9]\d{{8}}(?!\d)")
UNEVEN = re.compile(rf"{START}[0o](?:[ .\-]?\d){{9}}(?!\d)")
FOREIGN = re.compile(r"(?<![\d\w])(?:\+|00)[ ]?[1-9](?:[\s.\-/()]{0,3}\d){8,13}(?!\d)")
WITHOUT_PLUS = re.compile(rf"{START}33[ .\-]?[1-9](?:[ .\-]?\d\d){{4}}(?!\d)")
CUE = r"(?:tel|telephone|portable|mobile|numero|appele[rz]|appelle|joindre|sms|texto|whatsapp)\b"
WITHOUT_ZERO = re.compile(rf"{CUE}[^\d\n]{{0,25}}[67](?:[ .\-]?\d\d){{4}}(?!\d)")
UNIT = "un|deux|trois|quatre|cinq|six|sept|huit|neuf"
NUMBER = (
    f"(?:zero|{UNIT}|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante"
    r"|soixante|septante|huitante|nonante|\d{1,2})"
)
SPELLED = re.compile(
    rf"\b(?:zero|0)[\s.,\-]{{0,3}}(?:{UNIT}|[1-9])\b"
    rf"(?:[\s.,\-]{{1,3}}(?:et[\s\-]{{1,3}})?{NUMBER}\b){{4,}}"
)
WORD = re.compile(r"[a-z]{3,}")
DATE = re.compile(r"\d{1,2}([./\-])\d{1,2}\1(?:\d\d){1,2}(?![./\-]?\d)")
LAST_MONTH, LAST_DAY = 12, 31


def _phones(plain: str) -> Iterator[re.Match[str]]:
    for pattern in (WHOLE, FOREIGN, WITHOUT_PLUS, WITHOUT_ZERO):
        yield from pattern.finditer(plain)
    yield from (match for match in PAIRS.finditer(plain) if not _is_calendar(match.group()))
    yield from (match for match in UNEVEN.finditer(plain) if not _is_other_number(match.group()))
    yield from (match for match in SPELLED.finditer(plain) if WORD.search(match.group()))


def _is_calendar(written: str) -> bool:
    """Tell whether five pairs are a day with its hours, hours, or a list of days."""
    pairs = [int(pair) for pair in re.findall(r"\d\d", written.replace("o", "0"))]
    gaps = [gap.strip() for gap in re.split(r"[\do]{2}", written)[1:-1]]
    is_day = gaps[0] == gaps[1] != gaps[2] and gaps[0] in ("/", ".", "-") and pairs[1] <= LAST_MONTH
    is_hours = ":" in gaps and len(set(gaps)) > 1
    is_list = set(gaps) == {","} and pairs == sorted(set(pairs)) and pairs[-1] <= LAST_DAY
    return is_day or is_hours or is_list


def _is_other_number(written: str) -> bool:
    """Tell whether ten figures are two postcodes, or hold a day."""
    groups = re.split(r"[ .\-]", written)
    return [len(group) for group in groups] == [5, 5] or bool(DATE.search(written))


# E-mail addresses, links, pseudonyms -----------------------------------------------------------

TOP = "fr|com|org|net|eu|info|io|be|ch|de|es|it|uk|app|gouv|asso|paris|bzh|re"
DOT = r"\s{0,3}[\[({]?\s{0,3}(?:\.|\bpoint\b|\bdot\b)\s{0,3}[\])}]?\s{0,3}"
AT = r"(?:\bat\b|\barr?obas?[sze]e?\b|\bchez\b|@)"
PROVIDER = "gmail|hotmail|outlook|yahoo|laposte|wanadoo|icloud|protonmail|proton|ymail|gmx"
NAME = r"(?<![a-z0-9_.+\-])[a-z0-9_.+\-]{1,64}"
"""A run of signs is tried once, from its beginning, so that long texts take no longer."""
HOST = r"[a-z0-9\-]{1,63}"
EMAIL = re.compile(
    rf"{NAME}\s?@\s?{HOST}{DOT}[a-z]{{2,}}"
    rf"|{NAME}\s{{0,3}}[\[({{<]?\s{{0,3}}{AT}\s{{0,3}}[\])}}>]?\s{{0,3}}{HOST}{DOT}(?:{TOP})\b"
    rf"|{NAME}\s{{0,3}}[\[({{<]?\s{{0,3}}arr?obas?[sze]e?\s{{0,3}}[\])}}>]?\s{{0,3}}[a-z0-9\-]{{2,}}"
    rf"|{NAME}\s{{0,3}}(?:@|[\[({{]at[\])}}])\s{{0,3}}[a-z0-9\-]{{2,}}"
    rf"|\b(?:{PROVIDER}){DOT}(?:com|fr|net|me|org|de)\b"
)
NETWORK = "insta(?:gram)?|snap(?:chat)?|facebook|fb|messenger|whats ?app|telegram|tik ?tok|discord"
LINK = re.compile(
    r"https?\s?:\s?/\s?/\s?\S+|\bwww\s?\.\s?\S+"
    rf"|(?<![@\w.\-])[a-z0-9][a-z0-9\-]{{1,62}}(?:\.[a-z0-9\-]{{1,63}}){{0,5}}\.(?:{TOP})\b(?!\.?\w)"
    r"(?:/\S*)?"
    r"|\b(?:t|wa|m|fb|linktr|bit|discord|lnkd)\.(?:me|ee|ly|gg|in)/\S+"
    rf"|(?<![\w\-]){HOST}\s{{1,3}}(?:point|dot)\s{{1,3}}(?:{TOP})\b"
    r"|(?<![\w.])@[a-z0-9_.]{3,}"
    rf"|\b(?:{NETWORK}|skype|pseudo)\s?(?::|=|\bc'est\b|->)\s?@?[a-z0-9_.\-]{{3,}}"
)

# Street addresses ------------------------------------------------------------------------------

STREET = (
    r"(?:rue|r\.|avenue|av\.?|boulevard|bo?u?ld?v?d\.?|bd\.?|bvd\.?|allees?|chemin|che?m?in|ch\."
    r"|impasse|imp\.|square|sq\.|ruelle|faubourg|fbg\.?|fg\.?|esplanade|venelle|sente|sentier"
    r"|rond-point|route|rte\.?|lotissement|hameau|montee)"
)
OPEN_STREET = r"(?:place|pl\.|cours|passage|cour|villa|residence|quai|voie|cite|promenade|traverse)"
"""Types of streets that are also other things: a name in capitals has to follow."""
BIS = r"(?:[ ,]{0,2}(?:bis|ter|quater|[a-d]))?"
ARTICLE = r"(?:(?:de la|de l'|de|du|des|d'|la|le|les|l'|aux|au)\s?)?"
NAMED = re.compile(rf"(?<![\w,.])\d{{1,4}}{BIS}\s?,?\s?{STREET}\s+{ARTICLE}[a-z0-9][\w\-']+")
OPEN = re.compile(
    rf"(?<![\w,.])\d{{1,4}}{BIS}\s?,?\s?{OPEN_STREET}\s+{ARTICLE}(?P<name>[a-z0-9][\w\-']+)"
)
SPELLED_HOUSE = re.compile(
    rf"\b(?:{UNIT}|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante"
    rf"|soixante)(?:[- ](?:et[- ])?(?:{UNIT}|dix|onze|douze))?{BIS}\s?,?\s(?:rue|avenue|boulevard"
    rf"|impasse|allee)\s+{ARTICLE}[a-z][\w\-']+"
)
AFTER = re.compile(
    rf"\b{STREET}\s+{ARTICLE}[a-z][\w\-' ]{{1,40}}?,?\s*(?:\bau\b|\bn[°ºo]\.?|\bnumero\b)\s?\d{{1,4}}\b"
)
AT_HOME = re.compile(
    rf"\b(?:j'habite|nous habitons|on habite|mon adresse|chez moi|domicile|je vis)\b[^.!?\n]{{0,30}}?"
    rf"\b(?:{STREET}|residence|place)\s+{ARTICLE}[a-z][\w\-']+"
)
DOOR_CODE = re.compile(
    r"\b(?:digi)?code(?: (?:de la )?(?:porte|d'entree|immeuble))? ?:? ?\d{2,5}[a-z]?\d{0,3}\b"
)
LINE = re.compile(r"\b(?:ligne|bus|tram|tramway|metro|salle|page|arret|departementale|a)\s*$")
WORDS = (
    "francais anglais espagnol allemand arabe maths math mathematiques soutien musique guitare "
    "piano sport yoga cuisine danse natation cinema parking spectacle theatre concert disponible "
    "disponibles libre libres restante restantes zumba chant couture informatique assise assises "
    "enfant enfants adulte adultes voiture musee cirque foot football opera stade semaine mois"
)
THINGS = frozenset(WORDS.split())
"""What is counted rather than lived in: places at the cinema, courses of French."""


def _addresses(plain: str, text: str, places: list[int]) -> Iterator[re.Match[str]]:
    for pattern in (NAMED, SPELLED_HOUSE, AFTER, AT_HOME):
        yield from (match for match in pattern.finditer(plain) if not _is_line(plain, match))
    for match in OPEN.finditer(plain):
        name = match["name"]
        is_name = text[places[match.start("name")]].isupper() and name not in THINGS
        if is_name and not _is_line(plain, match):
            yield match
    yield from DOOR_CODE.finditer(plain)


def _is_line(plain: str, match: re.Match[str]) -> bool:
    """Tell whether the number before a street is that of a bus, a room or a page."""
    return bool(LINE.search(plain[max(0, match.start() - 15) : match.start()]))
