"""Signs that nobody sees: which of them a script or an emoji needs, and which are dropped.

Word processors and web pages leave soft hyphens and zero-width spaces in what people paste. Some
signs like them are spelling all the same: Persian, Indic scripts and emoji join and part letters
with them (Unicode UAX #31, section 2.3; UTS #51).
"""

from __future__ import annotations

import re
import unicodedata

ZWNJ, ZWJ = "\u200c", "\u200d"

_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc"
"""Letters and marks that look like nothing, and the place of an object that was not pasted."""

_VISIBLE_FORMATS = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Signs around numbers: of the category of invisible ones (Cf), but drawn."""

_TAGS = "\U000e0020-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef"
_JOINERS = ZWNJ + ZWJ

_MAYBE = re.compile(
    f"[\u00ad{_BLANK}\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
    f"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001{_TAGS}{_SELECTORS}]"
)
"""What may be dropped; bidirectional controls are not among it, they are refused by name."""

_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""A flag of a region: the black flag, its code in tags, the end of the tags (UTS #51, ED-14a)."""

_CURSIVE = re.compile(
    "[\u0600-\u08ff\u1800-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefc\U00010a80-\U00010aff"
    "\U00010d00-\U00010d3f\U0001e900-\U0001e95f]"
)
"""Letters that join (Arabic, Syriac, N'Ko, Mongolian, ...): a joiner changes their form."""

_INDIC = re.compile(
    "[\u0900-\u0dff\u0f00-\u109f\u1700-\u17ff\u1900-\u1cff\ua800-\ua82f\ua880-\uaaff"
    "\uabc0-\uabff\U00011000-\U00011fff]"
)
"""Letters that form conjuncts (Devanagari to Myanmar, Khmer, ...)."""

_IDEOGRAPH = re.compile("[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_KEYCAP = re.compile("[0-9#*]")


def drop_invisible(text: str) -> str:
    """Return `text` without the invisible signs that nothing needs.

    Joiners stay between parts of an emoji and in scripts that join; selectors stay after what
    they select; tags stay in the flag of a region.
    """
    if text.isascii() or not _MAYBE.search(text):
        return text
    flags = {place for match in _FLAG.finditer(text) for place in range(*match.span())}
    kept: list[str] = []
    for place, sign in enumerate(text):
        if place in flags or not _MAYBE.match(sign) or _is_needed(kept, sign, text, place):
            kept.append(sign)
    return "".join(kept)


def _is_needed(before: list[str], sign: str, text: str, place: int) -> bool:
    if not before:
        return False
    if sign in _JOINERS:
        return _joins(before, sign, _next(text, place))
    return _selects(before[-1], sign, text[place + 1 : place + 2])


def _joins(before: list[str], joiner: str, following: str) -> bool:
    base = _base(before)
    if _is_emoji(base):
        return joiner == ZWJ and _is_emoji(following)
    for script in (_CURSIVE, _INDIC):
        if script.match(base) and before[-1] not in _JOINERS:
            # At the end of a word only the joiner shows: it keeps a letter in its joined form.
            return script.match(following) is not None or joiner == ZWJ
    return False


def _selects(last: str, selector: str, following: str) -> bool:
    if selector in "\ufe0e\ufe0f":
        return (
            _is_emoji(last)
            or bool(_KEYCAP.match(last) and following == "\u20e3")
            or (not last.isalnum() and unicodedata.category(last) in ("Po", "Pd", "Sm", "So"))
        )
    if "\ufe00" <= selector <= "\ufe0d":
        return unicodedata.category(last) == "Sm" or bool(
            _IDEOGRAPH.match(last) or _INDIC.match(last) or _CURSIVE.match(last)
        )
    if "\U000e0100" <= selector <= "\U000e01ef":
        return _IDEOGRAPH.match(last) is not None
    return selector in "\u180b\u180c\u180d\u180f" and "\u1800" <= last <= "\u18af"


def _base(before: list[str]) -> str:
    """Return the letter or the picture that accents, skin tones and selectors stand on."""
    for sign in reversed(before):
        is_upon = unicodedata.category(sign) in ("Mn", "Mc", "Me") or _is_skin(sign)
        if not (is_upon or _MAYBE.match(sign)) or sign in _JOINERS:
            return sign
    return ""


def _next(text: str, place: int) -> str:
    """Return the first sign after `place` that is not itself to be dropped."""
    for sign in text[place + 1 :]:
        if not _MAYBE.match(sign):
            return sign
    return ""


def _is_skin(sign: str) -> bool:
    return "\U0001f3fb" <= sign <= "\U0001f3ff"


def _is_emoji(sign: str) -> bool:
    # Arrows and the sign of information are of other categories, and a newer Unicode than ours may know more pictures.
    return sign != "" and (
        unicodedata.category(sign) == "So"
        or sign in "\u2139\u2194\u2195\u27a1\u2b05\u2b06\u2b07"
        or "\U0001f000" <= sign <= "\U0001fbff"
    )
