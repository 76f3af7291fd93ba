"""Street addresses: a number with a street, a street that is somebody's, a code of a door."""

from __future__ import annotations

import re
from collections.abc import Iterator

from entraide.contact_details.phones import UNIT

STREET = (
    r"(?:rue|r\.|avenue|av\.?|boulevard|bo?u?ld?v?d\.?|bd\.?|bvd\.?|allee|allees(?=\s(?:de|du|des|d'))|chemin|che?m?in|ch\."
    r"|impasse|imp\.|square|sq\.|ruelle|faubourg|fbg\.?|fg\.?|esplanade|venelle|sente|sentier"
    r"|rond-point|rte\.?|lotissement|hameau)"
)
OPEN_STREET = r"(?:route|montee|mail|place|pl\.|cours|passage|cour|villa|residence|quai|voie|cite|promenade|traverse)"
"""Types of streets that are also other things: a name in capitals has to follow."""
BIS = r"(?:[ ,]{0,2}(?:bis|ter|quater|[a-d]))?"
ARTICLE = r"(?:(?:de l'|d'|l')\s?|(?:de la|de|du|des|la|les|le|aux|au)\s)?"
"""Elided forms first: in `place de l'Église` the name is Église, not l'Église."""
NAMED = re.compile(rf"(?<![\w,.])\d{{1,4}}{BIS}\s?,?\s?{STREET}\s+{ARTICLE}[a-z0-9][\w\-']*")
OPEN = re.compile(
    rf"(?<![\w,.])\d{{1,4}}{BIS}\s?,?\s?{OPEN_STREET}\s+(?P<article>{ARTICLE})"
    r"(?P<name>[a-z0-9][\w\-']*)"
)
SPELLED_HOUSE = re.compile(
    rf"\b(?:{UNIT}|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante"
    rf"|soixante)(?:[- ](?:et[- ])?(?:{UNIT}|dix|onze|douze))?{BIS}\s?,?\s(?:rue|avenue|boulevard"
    rf"|impasse|allee)\s+{ARTICLE}[a-z][\w\-']+"
)
AFTER = re.compile(
    rf"\b{STREET}\s+{ARTICLE}[a-z][\w\-' ]{{1,40}}?,?\s*(?:\bau\b|\bn[°ºo]\.?|\bnumero\b)\s?\d{{1,4}}\b"
)
AFTER_ALL = re.compile(
    rf"\b(?:rue|avenue|boulevard|impasse|allee)\s+{ARTICLE}[a-z][\w\-' ]{{1,40}}?,? \d{{1,4}}{BIS}\s?(?:[.,;!?\n]|$)"
)
OLD = re.compile(
    rf"(?<![\w,.])\d{{1,4}}{BIS},?\s(?:grande?|petite?|vieux|vieille|haute|basse|nouvelle)[ \-']{{1,2}}"
    r"(?:rue|chemin|route|place|avenue)\b"
)
OF_STREET = re.compile(rf"\bau \d{{1,4}}{BIS},? (?:de la |de l'|du ){STREET}\s+{ARTICLE}[a-z]")
AT_HOME = re.compile(
    rf"\b(?:j'habite|nous habitons|on habite|mon adresse|chez moi|domicile|je vis)\b[^.!?\n]{{0,30}}?"
    rf"\b(?:{STREET}|residence|place)\s+{ARTICLE}[a-z][\w\-']+"
)
DOOR_CODE = re.compile(
    r"\b(?:digi)?code(?: (?:de la )?(?:porte|d'entree|immeuble))? ?:? ?\d{2,5}[a-z]?\d{0,3}\b"
)
PART_OF_HOUSE = r"(?:batiment|bat\.?|escalier|esc\.?|appartement|appt?\.?|apt\.?|porte)"
FLAT = re.compile(
    rf"\b(?:residence\s+{ARTICLE}[a-z][\w\-']*|{PART_OF_HOUSE}\s(?:[a-z]|\d{{1,4}}))"
    rf"[^.!?\n]{{0,20}}?[ ,]{PART_OF_HOUSE}\s(?:[a-z]|\d{{1,4}})\b"
)
"""Two parts of a house, or a residence and a part: the commune and they lead to the door."""
LINE = re.compile(r"\b(?:ligne|bus|tram|tramway|metro|salle|page|arret|departementale|a)\s*$")
WORDS = (
    "moyen moyens elementaire preparatoire "
    "francais anglais espagnol allemand arabe maths math mathematiques soutien musique guitare "
    "piano sport yoga cuisine danse natation cinema parking spectacle theatre concert disponible "
    "disponibles libre libres restante restantes zumba chant couture informatique assise assises "
    "enfant enfants adulte adultes voiture musee cirque foot football opera stade semaine mois"
)
THINGS = frozenset(WORDS.split())
"""What is counted rather than lived in: places at the cinema, courses of French."""


def find_streets(plain: str, text: str, places: list[int]) -> Iterator[re.Match[str]]:
    """Yield each street address; `places` leads from a plain sign to the original `text`."""
    for pattern in (NAMED, OLD, OF_STREET, SPELLED_HOUSE, AFTER, AFTER_ALL, AT_HOME, FLAT):
        yield from (match for match in pattern.finditer(plain) if not _is_line(plain, match))
    for match in OPEN.finditer(plain):
        name = match["name"]
        first = text[places[match.start("name")]]
        is_dated = first.isdigit() and bool(match["article"])
        is_name = (first.isupper() or is_dated) and name not in THINGS
        if is_name and not _is_line(plain, match):
            yield match
    yield from DOOR_CODE.finditer(plain)


def _is_line(plain: str, match: re.Match[str]) -> bool:
    """Return whether the number before a street is that of a bus, a room or a page."""
    return bool(LINE.search(plain[max(0, match.start() - 15) : match.start()]))
