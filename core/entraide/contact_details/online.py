"""E-mail addresses, links and pseudonyms, also when they are spelled out in words."""

from __future__ import annotations

import re

TOP = "fr|com|org|net|eu|info|io|be|ch|de|es|it|uk|app|gouv|asso|paris|bzh|re"
BARE_TOP = "fr|com|org|net|eu|info|io|be|ch|it|uk|app|gouv|asso|paris|bzh"
"""Without those that are French words: a missing blank (`seule.de plus`) makes no link."""
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
    r"|(?<![a-z0-9])[a-z0-9.\-]{1,64}_at_[a-z0-9\-]{2,63}_(?:dot|point)_[a-z]{2,}"
    r"|(?<!\w)(?:\w ){3,20}@(?: \w){2,}"
    rf"|{NAME}\s{{1,3}}(?:chez|at)\s{{1,3}}(?:{PROVIDER})\b|\b(?:{PROVIDER})\s{{1,3}}(?:com|fr|net)\b"
    rf"|\b(?:{PROVIDER}){DOT}(?:com|fr|net|me|org|de)\b"
)
NETWORK = "insta(?:gram)?|snap(?:chat)?|facebook|fb|messenger|whats ?app|telegram|tik ?tok|discord"
PSEUDONYM = r"(?=[a-z0-9._\-]{0,40}(?:[0-9_]|[._][a-z0-9]))[a-z][a-z0-9._\-]{3,40}"
"""A name as people take it there: with a figure, an underscore or a dot inside."""
LINK = re.compile(
    r"https?\s?:\s?/\s?/\s?\S+|\bwww\s?\.\s?\S+"
    rf"|(?<![@\w.\-])[a-z0-9][a-z0-9\-]{{1,62}}(?:\.[a-z0-9\-]{{1,63}}){{0,5}}\.(?:{BARE_TOP})\b(?!\.?\w)"
    r"(?:/\S*)?"
    r"|\b(?:t|wa|m|fb|linktr|bit|discord|lnkd)\.(?:me|ee|ly|gg|in)/\S+"
    r"|(?<![\w\-])[a-z0-9\-]{2,63}\.[a-z]{2,6}/[a-z0-9]\S*"
    rf"|(?<![\w\-]){HOST}\s\.\s?(?:fr|com|org|net)\b"
    rf"|(?<![\w\-])(?!(?:au|un|le|ce|du|de|mon|bon)\s){HOST}\s{{1,3}}(?:point|dot)\s{{1,3}}"
    r"(?:fr|com|org|net|eu|asso)\b"
    r"|(?<![\w.])@[a-z0-9_.]{3,}"
    rf"|\b(?:{NETWORK}|skype|pseudo)\s?(?::|=|\bc'est\b|->)\s?@?{PSEUDONYM}"
    rf"|\b(?:{NETWORK}|skype|pseudo)\s?(?::|=|\bc'est\b|->)\s?@?[a-z\-]{{3,40}}(?=\s?(?:[.,;!?)]|$))"
    rf"|\b(?:{NETWORK})\s@?{PSEUDONYM}"
    rf"|(?<![\w.]){PSEUDONYM}\s(?:sur|on)\s(?:{NETWORK})\b"
)
