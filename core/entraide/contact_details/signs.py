"""A text in plain small letters and ASCII figures, with the way back to the original."""

from __future__ import annotations

import unicodedata


def plain_signs(text: str) -> tuple[str, list[int]]:
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
