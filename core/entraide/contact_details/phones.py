"""Phone numbers of France and elsewhere, in figures, in words, and disguised."""

from __future__ import annotations

import re
from collections.abc import Iterator

GAP = r"[\s.\-/_*,;:()|~']{1,3}"
"""What stands between the pairs of a number."""
START = r"(?<![\d\w])(?<!\d[ .\-])"
PAIRS = re.compile(rf"{START}[0o][1-9](?:{GAP}\d\d){{4}}(?!\d)")
WHOLE = re.compile(rf"{START}[0o][1-9]\d{{8}}(?!\d)")
DOTTED = re.compile(rf"{START}[67](?:[.\-]\d\d){{4}}(?!\d)")
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
COUNTED = re.compile(
    r"\s{0,2}(?:ans|mois|janv|fevr|mars|avril|mai|juin|juil|aout|sept|oct|nov|dec|heures|euros)"
)
LAST_MONTH, LAST_DAY = 12, 31


def find_phones(plain: str) -> Iterator[re.Match[str]]:
    """Yield each phone number in a text in plain signs."""
    for pattern in (WHOLE, DOTTED, FOREIGN, WITHOUT_PLUS, WITHOUT_ZERO):
        yield from pattern.finditer(plain)
    yield from (match for match in PAIRS.finditer(plain) if not _is_calendar(plain, match))
    yield from (match for match in UNEVEN.finditer(plain) if not _is_other_number(match.group()))
    yield from (match for match in SPELLED.finditer(plain) if WORD.search(match.group()))


def _is_calendar(plain: str, match: re.Match[str]) -> bool:
    """Return whether five pairs are a day with its hours, hours, or a list of days or ages."""
    written = match.group()
    pairs = [int(pair) for pair in re.findall(r"\d\d", written.replace("o", "0"))]
    between = re.split(r"[\do]{2}", written)[1:-1]
    gaps = [gap.strip() for gap in between]
    is_day = gaps[0] == gaps[1] != gaps[2] and gaps[0] in ("/", ".", "-") and pairs[1] <= LAST_MONTH
    is_hours = ":" in between and len(set(gaps)) > 1
    is_counted = set(gaps) == {","} or COUNTED.match(plain, match.end()) is not None
    is_list = is_counted and pairs == sorted(set(pairs)) and pairs[-1] <= LAST_DAY
    return is_day or is_hours or is_list


def _is_other_number(written: str) -> bool:
    """Return whether ten figures are two postcodes or hold a day; pairs are judged on their own."""
    lengths = [len(group) for group in re.split(r"[ .\-]", written)]
    return lengths in ([5, 5], [2] * 5) or bool(DATE.search(written))
